#include <asyncio/sleep.hpp>

#include "core/describe.hpp"

#include <cmath>
#include <stdexcept>

namespace asyncio::detail {

Time to_time(double seconds)
{
    constexpr double longest = 9e9;  // Of the 9.22e9 s that 63 bits of nanoseconds hold.
    if (std::isnan(seconds)) {
        throw std::invalid_argument{"cannot sleep for NaN seconds"};
    }
    if (seconds >= longest) {
        return Time::max();
    }
    if (seconds <= 0) {
        return Time::zero();
    }
    return Time{static_cast<Time::rep>(std::ceil(seconds * 1e9))};
}

void Sleep::await_suspend(Awaiting awaiting)
{
    if (delay_ > Time::zero()) {
        begin(awaiting);
    } else {
        yield(awaiting);
    }
}

void Sleep::begin(Awaiting awaiting)
{
    suspend(awaiting);
    arm(delay_);
}

std::string Sleep::describe(Time now) const { return "sleep, " + time_left(deadline(), now); }

void Sleep::interrupt() noexcept
{
    disarm();
    wake();
}

}  // namespace asyncio::detail
