#pragma once

#include <asyncio/detail/timer.hpp>

#include <exception>
#include <string>
#include <string_view>

namespace asyncio::detail {

/// "std::runtime_error: the lamp is broken"; the type alone for what is no std::exception.
[[nodiscard]] std::string describe(const std::exception_ptr& exception);

/// With control characters as "\x1b", so that it stays one line.
[[nodiscard]] std::string one_line(std::string_view text);

/// "0.250 s": to the millisecond; to the microsecond below one of them.
[[nodiscard]] std::string in_seconds(Time duration);

/// "0.250 s left", of a time limit at `now`; "for ever" of the longest.
[[nodiscard]] std::string time_left(Time deadline, Time now);

}  // namespace asyncio::detail
