#include "core/simulated_network.hpp"

#include "core/simulated_hosts.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <unistd.h>
#include <utility>

namespace asyncio::detail {
bool simulated_host_is_silent(const Address& address)
{
    if (address.family() == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address.get());
        return (ntohl(v4->sin_addr.s_addr) & 0xffffff00U) == 0xc0000200U;
    }
    if (address.family() == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address.get());
        constexpr std::uint8_t prefix[] = {0x20, 0x01, 0x0d, 0xb8};
        return std::memcmp(&v6->sin6_addr, prefix, sizeof prefix) == 0;
    }
    return false;
}

bool is_any_address(const Address& address)
{
    if (address.family() == AF_INET) {
        return reinterpret_cast<const sockaddr_in*>(address.get())->sin_addr.s_addr == INADDR_ANY;
    }
    if (address.family() == AF_INET6) {
        return IN6_IS_ADDR_UNSPECIFIED(
            &reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_addr);
    }
    return false;
}

bool reaches_simulated(const Address& listener, const Address& wanted)
{
    if (listener.family() != wanted.family() || listener.port() != wanted.port()) {
        return false;
    }
    return is_any_address(listener) || is_any_address(wanted) ||
           listener.to_string() == wanted.to_string();
}

SimulatedNetwork::Socket* SimulatedNetwork::find(int descriptor)
{
    const auto found = sockets_.find(descriptor);
    return found != sockets_.end() ? &found->second : nullptr;
}

bool SimulatedNetwork::is_taken(const Address& address, bool reuse_port)
{
    return std::any_of(sockets_.begin(), sockets_.end(), [&](const auto& entry) {
        const Socket& socket = entry.second;
        return socket.bound && !socket.datagrams && !(reuse_port && socket.shares_port) &&
               reaches_simulated(socket.local, address);
    });
}

/// Those that share a port take turns.
SimulatedNetwork::Socket* SimulatedNetwork::listener_at(const Address& address)
{
    Socket* best = nullptr;
    for (auto& [descriptor, socket] : sockets_) {
        if (socket.listening && reaches_simulated(socket.local, address) &&
            (best == nullptr || socket.given < best->given)) {
            best = &socket;
        }
    }
    return best;
}

Address SimulatedNetwork::fresh_address(int family)
{
    if (family == AF_INET) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        v4.sin_port = htons(next_port_++);
        return Address{reinterpret_cast<const sockaddr*>(&v4), sizeof v4};
    }
    if (family == AF_INET6) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_addr = in6addr_loopback;
        v6.sin6_port = htons(next_port_++);
        return Address{reinterpret_cast<const sockaddr*>(&v6), sizeof v6};
    }
    const sockaddr unbound{.sa_family = static_cast<sa_family_t>(family), .sa_data = {}};
    return Address{&unbound, sizeof unbound.sa_family};
}

int SimulatedNetwork::open(int family)
{
    const int descriptor = next_descriptor_++;
    sockets_[descriptor].local = fresh_address(family);
    return descriptor;
}

int SimulatedNetwork::bind_connecting(int descriptor, const Address& local)
{
    Socket* socket = find(descriptor);
    if (socket == nullptr || simulated_host_is_silent(local)) {
        return socket == nullptr ? -EBADF : -EADDRNOTAVAIL;  // Those are other hosts.
    }
    const std::uint16_t port = local.port() != 0 ? local.port() : socket->local.port();
    socket->local = local;
    socket->local.set_port(port);
    return 0;
}

int SimulatedNetwork::set_option(int descriptor, int level, int, int)
{
    const Socket* socket = find(descriptor);
    if (socket == nullptr) {
        return -EBADF;
    }
    return level == IPPROTO_TCP && socket->local.family() == AF_UNIX ? -EOPNOTSUPP : 0;
}

int SimulatedNetwork::peer_credentials(int descriptor, ucred& peer)
{
    const Socket* socket = find(descriptor);
    if (socket == nullptr || socket->local.family() != AF_UNIX) {
        return socket == nullptr ? -EBADF : -ENOPROTOOPT;
    }
    peer = {.pid = ::getpid(), .uid = ::geteuid(), .gid = ::getegid()};
    return 0;
}

int SimulatedNetwork::bind(const Address& address, bool reuse_port)
{
    Address local = address;
    if (local.family() != AF_UNIX && local.port() == 0) {
        do {
            local.set_port(next_port_++);
        } while (is_taken(local, false));
    } else if (is_taken(local, reuse_port)) {
        return -EADDRINUSE;
    }
    const int descriptor = next_descriptor_++;
    Socket& socket = sockets_[descriptor];
    socket.local = local;
    socket.bound = true;
    socket.shares_port = reuse_port;
    return descriptor;
}

int SimulatedNetwork::listen(int descriptor, int backlog)
{
    Socket* socket = find(descriptor);
    if (socket == nullptr || !socket->bound) {
        return socket == nullptr ? -EBADF : -EINVAL;
    }
    socket->listening = true;
    socket->backlog = static_cast<std::size_t>(std::max(backlog, 1));
    return 0;
}

int SimulatedNetwork::adopt_listener(int descriptor)
{
    const Socket* socket = find(descriptor);
    return socket != nullptr && socket->listening ? 0 : -ENOTSOCK;
}

void SimulatedNetwork::adopt(int) {}

int SimulatedNetwork::local_address(int descriptor, Address& address)
{
    const Socket* socket = find(descriptor);
    if (socket == nullptr) {
        return -EBADF;
    }
    address = socket->local;
    return 0;
}

int SimulatedNetwork::peer_address(int descriptor, Address& address)
{
    const Socket* socket = find(descriptor);
    if (socket == nullptr || !socket->connected) {
        return socket == nullptr ? -EBADF : -ENOTCONN;
    }
    address = socket->remote;
    return 0;
}

int SimulatedNetwork::shutdown_write(int descriptor)
{
    Socket* socket = find(descriptor);
    if (socket == nullptr || !socket->connected) {
        return socket == nullptr ? -EBADF : -ENOTCONN;
    }
    socket->write_shut = true;
    changed_ = true;
    if (Socket* peer = find(socket->peer)) {
        peer->end_of_stream = true;
    }
    return 0;
}

void SimulatedNetwork::disconnect(int descriptor, bool abort)
{
    Socket* socket = find(descriptor);
    if (socket == nullptr) {
        return;
    }
    changed_ = true;
    for (const int waiting : std::exchange(socket->pending, {})) {
        disconnect(waiting, true);
    }
    if (Socket* peer = find(socket->peer)) {
        peer->end_of_stream = true;
        peer->was_reset = peer->was_reset || abort || !socket->incoming.empty();
        peer->peer = -1;
    }
    sockets_.erase(descriptor);
}

int SimulatedNetwork::receive(int descriptor, std::span<std::byte> data)
{
    std::string bytes;
    const int result = try_receive(descriptor, data.size(), bytes);
    std::memcpy(data.data(), bytes.data(), bytes.size());
    return result;
}

void SimulatedNetwork::reset(int descriptor)
{
    // Unix sockets know no RST: the peer learns of it only by what it has sent in vain.
    const Socket* socket = find(descriptor);
    const bool is_unix = socket != nullptr &&
                         (socket->local.family() == AF_UNIX || socket->remote.family() == AF_UNIX);
    disconnect(descriptor, !is_unix);
}

void SimulatedNetwork::close(int descriptor) { disconnect(descriptor, false); }

int SimulatedNetwork::try_accept(int descriptor)
{
    Socket* socket = find(descriptor);
    if (socket == nullptr || !socket->listening) {
        return socket == nullptr ? -EBADF : -EINVAL;
    }
    if (socket->pending.empty()) {
        return -EAGAIN;
    }
    const int accepted = socket->pending.front();
    socket->pending.pop_front();
    return accepted;
}

int SimulatedNetwork::try_connect(int descriptor, const Address& address)
{
    Socket* socket = find(descriptor);
    if (socket == nullptr) {
        return -EBADF;
    }
    if (simulated_host_is_silent(address)) {
        return -EAGAIN;
    }
    Socket* listener = listener_at(address);
    if (listener == nullptr) {
        return address.family() == AF_UNIX ? -ENOENT : -ECONNREFUSED;
    }
    if (listener->pending.size() >= listener->backlog) {
        return -EAGAIN;
    }
    const int other = next_descriptor_++;
    Socket& accepted = sockets_[other];  // std::map: the other references stay valid.
    accepted.local = address;
    accepted.remote = socket->local;
    accepted.peer = descriptor;
    accepted.connected = true;
    socket->remote = address;
    socket->peer = other;
    socket->connected = true;
    listener->pending.push_back(other);
    ++listener->given;
    return 0;
}

int SimulatedNetwork::try_receive(int descriptor, std::size_t limit, std::string& data)
{
    Socket* socket = find(descriptor);
    if (socket == nullptr || !socket->connected) {
        return socket == nullptr ? -EBADF : -ENOTCONN;
    }
    if (socket->was_reset) {
        socket->was_reset = false;
        socket->incoming.clear();
        return -ECONNRESET;
    }
    if (!socket->incoming.empty()) {
        const std::size_t count = std::min(limit, socket->incoming.size());
        data.append(socket->incoming, 0, count);
        socket->incoming.erase(0, count);
        return static_cast<int>(count);
    }
    return socket->end_of_stream ? 0 : -EAGAIN;
}

int SimulatedNetwork::try_send(int descriptor, std::span<const std::byte> data)
{
    Socket* socket = find(descriptor);
    if (socket == nullptr || !socket->connected) {
        return socket == nullptr ? -EBADF : -ENOTCONN;
    }
    if (socket->was_reset) {
        socket->was_reset = false;
        return -ECONNRESET;
    }
    Socket* peer = find(socket->peer);
    if (peer == nullptr || socket->write_shut) {
        return -EPIPE;
    }
    const std::size_t count = std::min(data.size(), capacity - peer->incoming.size());
    if (count == 0 && !data.empty()) {
        return -EAGAIN;
    }
    peer->incoming.append(reinterpret_cast<const char*>(data.data()), count);
    return static_cast<int>(count);
}

}  // namespace asyncio::detail
