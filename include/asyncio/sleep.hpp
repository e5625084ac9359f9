#pragma once

#include <asyncio/detail/suspension.hpp>
#include <asyncio/detail/timer.hpp>

#include <chrono>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {

/// Awaiter of sleep() and sleep_ms(). A value until it is awaited; then its own timer, so
/// sleeping allocates nothing, but for a page now and then when very many sleep.
class Sleep final : public Suspension, private Timer {
public:
    explicit Sleep(Time delay) noexcept : delay_{delay} {}
    Sleep(Sleep&& other) noexcept
        : Suspension{static_cast<Suspension&&>(other)}, delay_{other.delay_}
    {
    }

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(Awaiting awaiting);
    void await_resume() const { throw_if_cancelled(); }

    void interrupt() noexcept override;
    [[nodiscard]] const char* what() const noexcept override { return "sleep"; }
    [[nodiscard]] std::string describe(Time now) const override;

private:
    void expire() noexcept override { wake(); }
    [[gnu::noinline]] void begin(Awaiting awaiting);  // So that a mere yield stays short.

    Time delay_;
};

/// `seconds` as the loop's time; what does not fit is the longest time there is. NaN throws
/// std::invalid_argument.
[[nodiscard]] Time to_time(double seconds);

/// Any duration as the loop's time, rounded up: 0 for the past; what does not fit is the longest
/// there is.
template <typename Rep, typename Period>
[[nodiscard]] Time to_time(std::chrono::duration<Rep, Period> duration)
{
    if constexpr (std::chrono::treat_as_floating_point_v<Rep>) {
        return to_time(std::chrono::duration<double>{duration}.count());
    } else {
        using Seconds = std::chrono::duration<double>;
        constexpr double longest = 9e9;  // Of the 9.22e9 s that 63 bits of nanoseconds hold.
        if (Seconds{duration}.count() >= longest) {
            return Time::max();
        }
        if (duration <= duration.zero()) {
            return Time::zero();  // Nor does what lies far enough in the past fit.
        }
        return std::chrono::ceil<Time>(duration);
    }
}

}  // namespace detail

/// Suspends the running task for `seconds` of the monotonic clock, counted from the await.
///
/// 0 or less still yields once, so a loop around it cannot starve the other tasks. It never
/// ends early. Tasks with the same deadline wake in the order in which they began to sleep. While
/// more than 64 timers wait, a sleep ends up to 1/256 of itself later, about 1 ms at most, so that
/// a loop with many of them wakes once for several. Throws CancelledError if the task is cancelled
/// while it sleeps; std::invalid_argument for NaN. Source: MicroPython extmod/asyncio/core.py,
/// sleep.
[[nodiscard]] inline detail::Sleep sleep(double seconds)
{
    return detail::Sleep{detail::to_time(seconds)};
}

/// The same for a std::chrono duration.
template <typename Rep, typename Period>
[[nodiscard]] detail::Sleep sleep(std::chrono::duration<Rep, Period> duration)
{
    return detail::Sleep{detail::to_time(duration)};
}

/// Suspends the running task for `ms` milliseconds; see sleep().
/// Source: MicroPython extmod/asyncio/core.py, sleep_ms.
[[nodiscard]] inline detail::Sleep sleep_ms(std::int64_t ms)
{
    return detail::Sleep{detail::to_time(std::chrono::milliseconds{ms})};
}

/// Whole milliseconds only, as in MicroPython; sleep() takes fractions.
template <typename T>
    requires std::is_floating_point_v<T>
detail::Sleep sleep_ms(T ms) = delete;

}  // namespace asyncio
