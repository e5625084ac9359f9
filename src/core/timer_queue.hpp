#pragma once

#include "core/timer_heap.hpp"
#include "core/timer_wheel.hpp"

#include <cstddef>
#include <cstdint>

namespace asyncio::detail {

/// The loop's timers by deadline, and among equals by who was armed first. The timers are its
/// nodes, so arming and disarming allocate nothing, but for pages of the wheel that many timers
/// share.
///
/// The heap holds those that are next. When there are many, those that are due later wait in the
/// wheel, whose slots cost less than a large heap: a heap of 100,000 timers is a walk through as
/// many places in memory. To set the wheel back touches all that is in it, so the heap first takes
/// a part of as many.
class TimerQueue {
public:
    /// With fewer timers than this in the heap, the wheel is not used.
    static constexpr std::size_t many = 64;

    [[nodiscard]] bool empty() const noexcept { return near_.empty() && far_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return near_.size() + far_.size(); }
    /// How many of them are in the heap.
    [[nodiscard]] std::size_t near() const noexcept { return near_.size(); }
    /// How many the others have taken up, those that are gone among them.
    [[nodiscard]] std::size_t places() const noexcept { return far_.places(); }
    /// The next deadline. Requires: !empty().
    [[nodiscard]] Time first() noexcept;

    void add(Timer& timer, Time deadline, Time now) noexcept;

    /// Expires the timers that are due, in order; not those that are armed meanwhile.
    void expire(Time now) noexcept;

private:
    /// Lets the heap have the first timer of all.
    void bring_near() noexcept;

    TimerHeap near_;
    TimerWheel far_{near_};
    std::size_t overtaken_ = 0;  // Timers armed since the wheel was found to be ahead of the clock.
    std::uint64_t armed_ = 0;  // So many were armed so far: the next timer's order.
};

}  // namespace asyncio::detail
