#pragma once

#include "core/network.hpp"

#include <asyncio/coroutine.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace asyncio::detail {

/// The errors of getaddrinfo(3), which are no errnos: category "getaddrinfo".
[[nodiscard]] const std::error_category& getaddrinfo_category() noexcept;

/// `port` if it is 0 to 65535; else throws std::invalid_argument.
[[nodiscard]] std::uint16_t checked_port(int port);

/// The stream addresses of a host, best first.
///
/// Numeric addresses and "localhost" (RFC 6761) are resolved at once, other names on a thread.
/// A simulated network knows no other names. Throws OSError "cannot resolve '<host>': <reason>";
/// CancelledError, and the look-up ends unseen.
[[nodiscard]] Coroutine<std::vector<Address>> resolve(std::string host, std::uint16_t port);

/// The addresses that stand for "all interfaces": [::] and 0.0.0.0.
[[nodiscard]] std::vector<Address> all_interfaces(std::uint16_t port);

/// The address of a Unix socket. Throws OSError (ENAMETOOLONG) when the path does not fit.
[[nodiscard]] Address unix_address(std::string_view path);

}  // namespace asyncio::detail
