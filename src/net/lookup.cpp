#include "net/lookup.hpp"

#include <asyncio/to_thread.hpp>

#include <cerrno>
#include <netdb.h>
#include <utility>

namespace asyncio::detail {

LookupResult look_up(const std::string& host, int flags)
{
    addrinfo hints{};
    hints.ai_flags = flags;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    LookupResult result;
    result.error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    result.system_error = errno;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        result.addresses.emplace_back(entry->ai_addr, entry->ai_addrlen);
    }
    if (list != nullptr) {
        ::freeaddrinfo(list);
    }
    return result;
}

Coroutine<LookupResult> look_up_on_thread(std::string host)
{
    return to_thread(look_up, std::move(host), 0);
}

}  // namespace asyncio::detail
