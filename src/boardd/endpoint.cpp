#include "boardd/endpoint.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <iterator>
#include <netinet/in.h>

namespace boardd {
namespace {

std::optional<in_addr> ipv4(const std::string& host)
{
    in_addr address{};
    return inet_pton(AF_INET, host.c_str(), &address) == 1 ? std::optional{address} : std::nullopt;
}

std::optional<in6_addr> ipv6(const std::string& host)
{
    in6_addr address{};
    return inet_pton(AF_INET6, host.c_str(), &address) == 1 ? std::optional{address} : std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view text)
{
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, port);
    if (text.empty() || error != std::errc{} || rest != end) {
        return std::nullopt;
    }
    return port;
}

}  // namespace

std::string Endpoint::to_string() const
{
    const bool bracketed = host.find(':') != std::string::npos;
    return (bracketed ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

bool Endpoint::loopback() const
{
    if (const auto address = ipv4(host)) {
        return ntohl(address->s_addr) >> 24 == IN_LOOPBACKNET;
    }
    const auto address = ipv6(host);
    return address && IN6_IS_ADDR_LOOPBACK(&*address);
}

std::optional<Endpoint> parse_endpoint(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    // A NUL would end the address early for inet_pton().
    if (colon == std::string_view::npos || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    std::string host{text.substr(0, colon)};
    const std::optional<std::uint16_t> port = parse_port(text.substr(colon + 1));
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    if (!port || !(bracketed ? ipv6(host).has_value() : ipv4(host).has_value())) {
        return std::nullopt;
    }
    return Endpoint{host, *port};
}

std::string origin_of(const std::string& peer)
{
    const std::string host = peer.substr(0, peer.rfind(':'));
    const std::size_t end = std::min(host.find('%'), host.rfind(']'));  // Of "[fe80::1%eth0]".
    auto address = end < host.size() ? ipv6(host.substr(1, end - 1)) : std::nullopt;
    if (!address) {
        return host;
    }
    std::fill(std::begin(address->s6_addr) + 8, std::end(address->s6_addr), std::uint8_t{0});
    char text[INET6_ADDRSTRLEN] = {};
    (void)inet_ntop(AF_INET6, &*address, text, sizeof text);
    return text + std::string{"/64"} + host.substr(end, host.rfind(']') - end);
}

}  // namespace boardd
