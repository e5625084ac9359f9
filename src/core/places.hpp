#pragma once

#include <asyncio/debug.hpp>

#include <source_location>
#include <string_view>

namespace asyncio::debug {

/// A place with the name of its function.
[[nodiscard]] Place place_of(const std::source_location& where);

/// The name in what a compiler says of a function: "lamps::blink" of
/// "asyncio::Coroutine<> lamps::blink(machine::LED, int)".
[[nodiscard]] std::string_view function_name(std::string_view signature) noexcept;

}  // namespace asyncio::debug
