#include "boardd/client.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace boardd_test {
namespace {

[[noreturn]] void fail(const std::string& what)
{
    throw std::runtime_error{"client: " + what + ": " + std::strerror(errno)};
}

}  // namespace

Client::Client(std::uint16_t port, const std::string& address)
{
    sockaddr_in ipv4{};
    sockaddr_in6 ipv6{};
    if (::inet_pton(AF_INET, address.c_str(), &ipv4.sin_addr) == 1) {
        ipv4.sin_family = AF_INET;
        ipv4.sin_port = htons(port);
        connect_to(&ipv4, sizeof ipv4, AF_INET);
    } else if (::inet_pton(AF_INET6, address.c_str(), &ipv6.sin6_addr) == 1) {
        ipv6.sin6_family = AF_INET6;
        ipv6.sin6_port = htons(port);
        connect_to(&ipv6, sizeof ipv6, AF_INET6);
    } else {
        throw std::runtime_error{"client: no address: " + address};
    }
}

Client::Client(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    connect_to(&address, sizeof address, AF_UNIX);
}

Client::~Client()
{
    if (descriptor_ >= 0) {
        (void)::close(descriptor_);
    }
}

void Client::connect_to(const void* address, unsigned length, int family)
{
    descriptor_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0 ||
        ::connect(descriptor_, static_cast<const sockaddr*>(address), length) != 0) {
        fail("cannot connect");
    }
}

void Client::send(std::string_view bytes) const
{
    while (!bytes.empty()) {
        const ssize_t n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0) {
            fail("cannot send");
        }
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

std::size_t Client::send_some(std::string_view bytes) const
{
    const ssize_t n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return n < 0 ? 0 : static_cast<std::size_t>(n);
}

void Client::end_of_input() const { (void)::shutdown(descriptor_, SHUT_WR); }

bool Client::receive()
{
    pollfd readable{descriptor_, POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>(patience.count())) != 1) {
        throw std::runtime_error{"client: nothing came; so far: '" + received_ + '\''};
    }
    char block[4096];
    const ssize_t n = ::recv(descriptor_, block, sizeof block, 0);
    if (n < 0 && errno != ECONNRESET) {
        fail("cannot receive");
    }
    received_.append(block, n > 0 ? static_cast<std::size_t>(n) : 0);
    return n > 0;
}

std::string Client::line()
{
    std::size_t end = 0;
    while ((end = received_.find('\n')) == std::string::npos) {
        if (!receive()) {
            throw std::runtime_error{"client: the connection ended; so far: '" + received_ + '\''};
        }
    }
    std::string line = received_.substr(0, end);
    received_.erase(0, end + 1);
    return line;
}

std::string Client::ask(std::string_view command)
{
    send(std::string{command} + '\n');
    return line();
}

std::string Client::rest()
{
    while (receive()) {
    }
    return std::exchange(received_, {});
}

}  // namespace boardd_test
