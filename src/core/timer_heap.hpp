#pragma once

#include <asyncio/detail/timer.hpp>

#include <cstdint>

namespace asyncio::detail {

/// The loop's timers by deadline, and among equals by who was armed first: a pairing heap
/// whose nodes are the timers themselves, so arming and disarming allocate nothing.
///
/// Arming takes constant time; taking the first out and disarming take logarithmic time,
/// amortised. Source: Fredman, Sedgewick, Sleator, Tarjan, "The pairing heap", 1986.
class TimerHeap {
public:
    TimerHeap() = default;
    TimerHeap(const TimerHeap&) = delete;
    TimerHeap& operator=(const TimerHeap&) = delete;
    /// Timers that are left are simply not armed any more.
    ~TimerHeap();

    [[nodiscard]] bool empty() const noexcept { return root_ == nullptr; }
    /// The next deadline. Requires: !empty().
    [[nodiscard]] Time first() const noexcept { return root_->deadline_; }

    void add(Timer& timer, Time deadline) noexcept;
    void remove(Timer& timer) noexcept;

    /// Expires the timers that are due, in order; not those that are armed meanwhile.
    void expire(Time now) noexcept;

private:
    [[nodiscard]] static bool before(const Timer& a, const Timer& b) noexcept;
    [[nodiscard]] static Timer* merge(Timer* a, Timer* b) noexcept;
    [[nodiscard]] static Timer* merge_children(Timer* first) noexcept;

    Timer* root_ = nullptr;
    std::uint64_t armed_ = 0;  // So many were armed so far: the next timer's order.
};

}  // namespace asyncio::detail
