#pragma once

#include <exception>
#include <string>

namespace asyncio::detail {

/// "std::runtime_error: the lamp is broken"; the type alone for what is no std::exception.
[[nodiscard]] std::string describe(const std::exception_ptr& exception);

}  // namespace asyncio::detail
