#pragma once

#include "core/network.hpp"

namespace asyncio::detail {

/// Is it a host that never answers? 192.0.2.0/24 and 2001:db8::/32: documentation addresses, RFC
/// 5737 and RFC 3849.
[[nodiscard]] bool simulated_host_is_silent(const Address& address);

/// 0.0.0.0 or [::], with any port.
[[nodiscard]] bool is_any_address(const Address& address);

/// Is a socket at `local` the one that `wanted` means?
[[nodiscard]] bool reaches_simulated(const Address& local, const Address& wanted);

}  // namespace asyncio::detail
