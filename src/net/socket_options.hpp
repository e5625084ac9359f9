#pragma once

#include <asyncio/stream.hpp>

#include <optional>
#include <string>

namespace asyncio::detail {

/// What get_extra_info("peercred") gives.
[[nodiscard]] std::optional<std::string> peercred_text(const Stream& stream);

}  // namespace asyncio::detail
