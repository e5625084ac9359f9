#pragma once

#include "boardd/clock.hpp"

#include <asyncio/detail/timer.hpp>

#include <functional>
#include <utility>

namespace boardd {

/// Calls a function once, when its time has come; it may be set again, also by that function.
///
/// Unlike a task that sleeps it can be moved to another time, and costs nothing while it is not
/// set. An alarm that is destroyed does not ring. For the loop's thread.
class Alarm final : private asyncio::detail::Timer {
public:
    /// `ring` must not throw, and must not destroy the alarm.
    explicit Alarm(std::function<void()> ring) : ring_{std::move(ring)} {}

    /// Rings at `time` on the loop's clock, in the next turn if that is past; instead of any
    /// time that was set before.
    void set(Time time)
    {
        disarm();
        const Time now_is = now();
        arm(time > now_is ? time - now_is : Time{0});
    }
    void cancel() noexcept { disarm(); }
    [[nodiscard]] bool is_set() const noexcept { return armed(); }

private:
    void expire() noexcept override { ring_(); }

    std::function<void()> ring_;
};

}  // namespace boardd
