#pragma once

#include <asyncio/detail/timer.hpp>

#include <ctime>

namespace asyncio::detail {

/// The time of the kernel's monotonic clock, which is that of its timers.
[[nodiscard]] inline Time monotonic_now() noexcept
{
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace asyncio::detail
