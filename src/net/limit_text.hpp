#pragma once

#include <asyncio/detail/timer.hpp>

#include <chrono>
#include <string>

namespace asyncio::detail {

/// "2 s", "1500 ms".
[[nodiscard]] inline std::string limit_text(Time time)
{
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

}  // namespace asyncio::detail
