#include "net/resolver.hpp"

#include "core/backend.hpp"
#include "net/lookup.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <stdexcept>
#include <sys/un.h>

namespace asyncio::detail {
namespace {

class GetaddrinfoCategory final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "getaddrinfo"; }
    [[nodiscard]] std::string message(int code) const override { return ::gai_strerror(code); }
};

Address ipv6(const in6_addr& host, std::uint16_t port)
{
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = host;
    address.sin6_port = htons(port);
    return {reinterpret_cast<const sockaddr*>(&address), sizeof address};
}

Address ipv4(in_addr_t host, std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(host);
    address.sin_port = htons(port);
    return {reinterpret_cast<const sockaddr*>(&address), sizeof address};
}

bool is_localhost(std::string host)
{
    std::transform(host.begin(), host.end(), host.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (host.ends_with('.')) {
        host.pop_back();
    }
    return host == "localhost" || host.ends_with(".localhost");
}

std::vector<Address> loopback(std::uint16_t port)
{
    return {ipv6(in6addr_loopback, port), ipv4(INADDR_LOOPBACK, port)};
}

[[noreturn]] void throw_unresolved(const std::string& host, int error, int system_error)
{
    const std::error_code code = error == EAI_SYSTEM
                                     ? std::error_code{system_error, std::generic_category()}
                                     : std::error_code{error, getaddrinfo_category()};
    throw OSError{code, "cannot resolve '" + host + "'"};
}

}  // namespace

const std::error_category& getaddrinfo_category() noexcept
{
    static const GetaddrinfoCategory category;
    return category;
}

std::uint16_t checked_port(int port)
{
    if (port < 0 || port > 65535) {
        throw std::invalid_argument{"port " + std::to_string(port) + ": expected 0 to 65535"};
    }
    return static_cast<std::uint16_t>(port);
}

Coroutine<std::vector<Address>> resolve(std::string host, std::uint16_t port)
{
    if (is_localhost(host)) {
        co_return loopback(port);
    }
    if (host.empty() || host.find('\0') != host.npos) {
        throw_unresolved(host, EAI_NONAME, 0);
    }
    LookupResult result = look_up(host, AI_NUMERICHOST);
    const bool names_exist = &running_backend().network() == &kernel_network();
    if (result.error == EAI_NONAME && names_exist) {
        result = co_await look_up_on_thread(host);
    }
    if (result.error != 0) {
        throw_unresolved(host, result.error, result.system_error);
    }
    for (Address& address : result.addresses) {
        address.set_port(port);
    }
    co_return std::move(result.addresses);
}

std::vector<Address> all_interfaces(std::uint16_t port)
{
    return {ipv6(in6addr_any, port), ipv4(INADDR_ANY, port)};
}

Address unix_address(std::string_view path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // A path needs room for its '\0', an abstract name does not.
    const bool is_abstract = path.starts_with('\0');
    if (path.size() + (is_abstract ? 0 : 1) > sizeof address.sun_path) {
        throw_errno(ENAMETOOLONG, "use the socket path '" + std::string{path} + "'");
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    const std::size_t length =
        offsetof(sockaddr_un, sun_path) + path.size() + (is_abstract ? 0 : 1);
    return {reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(length)};
}

}  // namespace asyncio::detail
