#pragma once

#include <chrono>

namespace asyncio {

/// The clock of this thread's loop: CLOCK_MONOTONIC, or the virtual clock of a VirtualLoop.
///
/// A point in time is meaningful on its own loop only. Source: CPython loop.time().
class Clock {
public:
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Clock>;
    static constexpr bool is_steady = true;

    [[nodiscard]] static time_point now();
};

}  // namespace asyncio
