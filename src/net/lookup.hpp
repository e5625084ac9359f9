#pragma once

#include "core/network.hpp"

#include <asyncio/coroutine.hpp>

#include <string>
#include <vector>

namespace asyncio::detail {

/// What getaddrinfo(3) said.
class LookupResult {
public:
    LookupResult() = default;

    int error = 0;         // EAI_...; 0: there are addresses.
    int system_error = 0;  // The errno of EAI_SYSTEM.
    std::vector<Address> addresses;
};

/// Calls getaddrinfo(3) for stream sockets. Blocks, unless `flags` has AI_NUMERICHOST.
[[nodiscard]] LookupResult look_up(const std::string& host, int flags);

/// The same on a thread. Throws CancelledError, and the thread's answer goes nowhere;
/// std::system_error when no thread can be started.
[[nodiscard]] Coroutine<LookupResult> look_up_on_thread(std::string host);

}  // namespace asyncio::detail
