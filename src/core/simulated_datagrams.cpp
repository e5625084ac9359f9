// The datagrams of a SimulatedNetwork.

#include "core/simulated_hosts.hpp"
#include "core/simulated_network.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>

namespace asyncio::detail {
namespace {

constexpr std::size_t largest_payload = 65507;

/// What the receiver sees as the sender's address.
Address source_of(const Address& local, const Address& to)
{
    if (!is_any_address(local)) {
        return local;
    }
    Address source = to;
    source.set_port(local.port());
    return source;
}

}  // namespace

int SimulatedNetwork::open_datagram(int family)
{
    const int descriptor = open(family);
    sockets_[descriptor].datagrams = true;
    return descriptor;
}

int SimulatedNetwork::bind_datagram(int descriptor, const Address& local)
{
    Socket* socket = find(descriptor);
    if (socket == nullptr) {
        return -EBADF;
    }
    const bool taken = std::any_of(sockets_.begin(), sockets_.end(), [&](const auto& entry) {
        return entry.second.datagrams && entry.first != descriptor && local.port() != 0 &&
               reaches_simulated(entry.second.local, local);
    });
    if (taken) {
        return -EADDRINUSE;
    }
    const std::uint16_t port = local.port() != 0 ? local.port() : socket->local.port();
    socket->local = local;
    socket->local.set_port(port);
    return 0;
}

int SimulatedNetwork::connect_datagram(int descriptor, const Address& remote)
{
    Socket* socket = find(descriptor);
    if (socket == nullptr) {
        return -EBADF;
    }
    socket->remote = remote;
    socket->connected = true;
    return 0;
}

SimulatedNetwork::Socket* SimulatedNetwork::receiver_of(const Address& from, const Address& to)
{
    for (auto& [descriptor, socket] : sockets_) {
        if (socket.datagrams && reaches_simulated(socket.local, to) &&
            (!socket.connected || reaches_simulated(from, socket.remote))) {
            return &socket;
        }
    }
    return nullptr;
}

int SimulatedNetwork::send_datagram(int descriptor, std::span<const std::byte> data,
                                    const Address* to)
{
    Socket* socket = find(descriptor);
    if (socket == nullptr || socket->told != 0) {
        return socket == nullptr ? -EBADF : -std::exchange(socket->told, 0);
    }
    if (to == nullptr && !socket->connected) {
        return -EDESTADDRREQ;
    }
    const Address target = to != nullptr ? *to : socket->remote;
    if (data.size() > largest_payload || target.family() != socket->local.family()) {
        return data.size() > largest_payload ? -EMSGSIZE : -EAFNOSUPPORT;
    }
    changed_ = true;
    const Address source = source_of(socket->local, target);
    Socket* receiver = receiver_of(source, target);
    if (receiver == nullptr) {
        if (socket->connected && !simulated_host_is_silent(target)) {
            socket->told = ECONNREFUSED;
        }
    } else if (receiver->received_bytes + data.size() <= capacity) {
        receiver->received_bytes += data.size();
        receiver->received.emplace_back(
            source, std::string{reinterpret_cast<const char*>(data.data()), data.size()});
    }
    return static_cast<int>(data.size());
}

int SimulatedNetwork::receive_datagram(int descriptor, std::span<std::byte> room, Address& from,
                                       bool& truncated)
{
    Socket* socket = find(descriptor);
    if (socket == nullptr || socket->told != 0) {
        return socket == nullptr ? -EBADF : -std::exchange(socket->told, 0);
    }
    if (socket->received.empty()) {
        return -EAGAIN;
    }
    const auto [sender, data] = std::move(socket->received.front());
    socket->received.pop_front();
    socket->received_bytes -= data.size();
    const std::size_t count = std::min(room.size(), data.size());
    if (count > 0) {
        std::memcpy(room.data(), data.data(), count);
    }
    from = sender;
    truncated = count < data.size();
    return static_cast<int>(count);
}

int SimulatedNetwork::try_poll(int descriptor, std::uint32_t events)
{
    const Socket* socket = find(descriptor);
    if (socket == nullptr) {
        return -EBADF;
    }
    std::uint32_t ready = POLLOUT;
    if (!socket->received.empty()) {
        ready |= POLLIN;
    }
    const std::uint32_t error = socket->told != 0 ? POLLERR : 0U;
    const std::uint32_t found = (ready & events) | error;
    return found != 0 ? static_cast<int>(found) : -EAGAIN;
}

}  // namespace asyncio::detail
