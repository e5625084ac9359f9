#include "core/network.hpp"
#include "net/lookup.hpp"
#include "net/resolver.hpp"

#include <asyncio/datagram.hpp>

#include <algorithm>
#include <cstring>
#include <netdb.h>
#include <stdexcept>

namespace asyncio {

static_assert(sizeof(sockaddr_in6) == 28 && sizeof(sockaddr_in) <= 28);

SocketAddress::SocketAddress(const std::string& host, int port)
{
    const std::uint16_t number = detail::checked_port(port);
    detail::LookupResult found;
    if (host.find('\0') == host.npos && !host.empty()) {
        found = detail::look_up(host, AI_NUMERICHOST);
    }
    if (found.addresses.empty()) {
        throw std::invalid_argument{"'" + host + "' is not a numeric address"};
    }
    found.addresses.front().set_port(number);
    *this = SocketAddress{found.addresses.front()};
}

SocketAddress::SocketAddress(const detail::Address& address) noexcept
    : length_{static_cast<std::uint8_t>(std::min<std::size_t>(address.length(), capacity))}
{
    std::memcpy(bytes_.data(), address.get(), length_);
}

detail::Address SocketAddress::address() const noexcept
{
    return {reinterpret_cast<const sockaddr*>(bytes_.data()), length_};
}

std::string SocketAddress::host() const
{
    const std::string text = to_string();
    const std::string host = text.substr(0, text.rfind(':'));
    return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

std::uint16_t SocketAddress::port() const noexcept { return address().port(); }

std::string SocketAddress::to_string() const
{
    return length_ > 0 ? address().to_string() : std::string{};
}

}  // namespace asyncio
