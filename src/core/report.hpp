#pragma once

#include <string_view>

namespace asyncio::debug {

/// Gives a report to the reporter that is set, or prints it to stderr.
void report(std::string_view report) noexcept;

}  // namespace asyncio::debug
