#include "core/network.hpp"

#include "core/kernel_tls.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

namespace asyncio::detail {

Address::Address(const sockaddr* address, socklen_t length) : length_{std::min(length, capacity())}
{
    std::memcpy(&storage_, address, length_);
}

std::uint16_t Address::port() const noexcept
{
    if (family() == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
    }
    if (family() == AF_INET6) {
        return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port);
    }
    return 0;
}

void Address::set_port(std::uint16_t port) noexcept
{
    if (family() == AF_INET) {
        reinterpret_cast<sockaddr_in*>(&storage_)->sin_port = htons(port);
    } else if (family() == AF_INET6) {
        reinterpret_cast<sockaddr_in6*>(&storage_)->sin6_port = htons(port);
    }
}

std::string Address::to_string() const
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (family() == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(&storage_);
        ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
        return std::string{text.data()} + ":" + std::to_string(port());
    }
    if (family() == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&storage_);
        ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
        std::string host = text.data();
        if (v6->sin6_scope_id != 0) {
            std::array<char, IF_NAMESIZE> name{};
            host += ::if_indextoname(v6->sin6_scope_id, name.data()) != nullptr
                        ? "%" + std::string{name.data()}
                        : "%" + std::to_string(v6->sin6_scope_id);
        }
        return "[" + host + "]:" + std::to_string(port());
    }
    if (family() == AF_UNIX) {
        const auto* local = reinterpret_cast<const sockaddr_un*>(&storage_);
        const std::size_t offset = offsetof(sockaddr_un, sun_path);
        if (length_ <= offset) {
            return "";  // Not bound.
        }
        std::string path{local->sun_path, length_ - offset};
        if (path.front() == '\0') {
            path.front() = '@';  // An abstract name, as ss(8) writes it.
            return path;
        }
        return path.substr(0, path.find('\0'));
    }
    return "family " + std::to_string(family());
}

namespace {

/// The kernel's sockets.
class KernelNetwork final : public Network {
public:
    int open(int family) override
    {
        const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0) {
            return -errno;
        }
        adopt(descriptor);
        return descriptor;
    }

    int bind_connecting(int descriptor, const Address& local) override
    {
        if (local.port() == 0) {
            // Or the port would be taken for all peers.
            (void)set_option(descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
        }
        return ::bind(descriptor, local.get(), local.length()) == 0 ? 0 : -errno;
    }

    int set_option(int descriptor, int level, int name, int value) override
    {
        return ::setsockopt(descriptor, level, name, &value, sizeof value) == 0 ? 0 : -errno;
    }

    int peer_credentials(int descriptor, ucred& peer) override
    {
        Address address;
        const int error = local_address(descriptor, address);
        if (error != 0 || address.family() != AF_UNIX) {
            return error != 0 ? error : -ENOPROTOOPT;  // TCP would give -1 for all of them.
        }
        socklen_t length = sizeof peer;
        return ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? 0 : -errno;
    }

    int bind(const Address& address, bool reuse_port) override
    {
        const int descriptor = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0) {
            return -errno;
        }
        const int on = 1;
        if (address.family() != AF_UNIX) {
            ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        }
        if (address.family() == AF_INET6) {
            ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        }
        const bool shares =
            !reuse_port || ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
        if (!shares || ::bind(descriptor, address.get(), address.length()) != 0) {
            const int error = errno;
            ::close(descriptor);
            return -error;
        }
        return descriptor;
    }

    int listen(int descriptor, int backlog) override
    {
        return ::listen(descriptor, backlog) == 0 ? 0 : -errno;
    }

    int adopt_listener(int descriptor) override
    {
        int type = 0;
        int listens = 0;
        socklen_t length = sizeof type;
        if (::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) != 0 ||
            ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) != 0) {
            return -errno;
        }
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        return type == SOCK_STREAM && listens != 0 ? 0 : -EINVAL;
    }

    void adopt(int descriptor) override
    {
        // Fails on a Unix socket, which needs none.
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }

    int local_address(int descriptor, Address& address) override
    {
        socklen_t length = Address::capacity();
        if (::getsockname(descriptor, address.get(), &length) != 0) {
            return -errno;
        }
        address.set_length(length);
        return 0;
    }

    int peer_address(int descriptor, Address& address) override
    {
        socklen_t length = Address::capacity();
        if (::getpeername(descriptor, address.get(), &length) != 0) {
            return -errno;
        }
        address.set_length(length);
        return 0;
    }

    int shutdown_write(int descriptor) override
    {
        return ::shutdown(descriptor, SHUT_WR) == 0 ? 0 : -errno;
    }

    int receive(int descriptor, std::span<std::byte> data) override
    {
        const ssize_t count = ::recv(descriptor, data.data(), data.size(), MSG_DONTWAIT);
        return count >= 0 ? static_cast<int>(count) : -errno;
    }

    int open_datagram(int family) override
    {
        const int descriptor = ::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (descriptor >= 0 && family == AF_INET6) {
            (void)set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        }
        return descriptor >= 0 ? descriptor : -errno;
    }

    int bind_datagram(int descriptor, const Address& local) override
    {
        return ::bind(descriptor, local.get(), local.length()) == 0 ? 0 : -errno;
    }

    int connect_datagram(int descriptor, const Address& remote) override
    {
        return ::connect(descriptor, remote.get(), remote.length()) == 0 ? 0 : -errno;
    }

    int send_datagram(int descriptor, std::span<const std::byte> data, const Address* to) override
    {
        const ssize_t sent =
            ::sendto(descriptor, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                     to != nullptr ? to->get() : nullptr, to != nullptr ? to->length() : 0);
        return sent >= 0 ? static_cast<int>(sent) : -errno;
    }

    int receive_datagram(int descriptor, std::span<std::byte> room, Address& from,
                         bool& truncated) override
    {
        iovec where{room.data(), room.size()};
        msghdr message{};
        message.msg_name = from.get();
        message.msg_namelen = Address::capacity();
        message.msg_iov = &where;
        message.msg_iovlen = 1;
        const ssize_t received = ::recvmsg(descriptor, &message, MSG_DONTWAIT);
        if (received < 0) {
            return -errno;
        }
        from.set_length(message.msg_namelen);
        truncated = (message.msg_flags & MSG_TRUNC) != 0;
        return static_cast<int>(received);
    }

    int change_group(int descriptor, const Address& group, unsigned interface, bool join) override
    {
        group_req request{};
        request.gr_interface = interface;
        std::memcpy(&request.gr_group, group.get(), group.length());
        const int level = group.family() == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
        const int name = join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP;
        return ::setsockopt(descriptor, level, name, &request, sizeof request) == 0 ? 0 : -errno;
    }

    int send(int descriptor, std::span<const std::byte> data, std::uint8_t record_type) override
    {
        return send_record(descriptor, data, record_type);
    }
    int encrypt(int descriptor, std::span<const std::byte> keys) override
    {
        return start_kernel_tls(descriptor, keys);
    }
    int encrypted(int descriptor, Encrypted& so_far) override
    {
        return ask_kernel_tls(descriptor, so_far);
    }

    void reset(int descriptor) override
    {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        ::close(descriptor);
    }

    void close(int descriptor) override { ::close(descriptor); }

    void close_listener(int descriptor) override
    {
        ::shutdown(descriptor, SHUT_RDWR);  // An accept in flight keeps the socket alive.
        ::close(descriptor);
    }
};

}  // namespace

Network& kernel_network() noexcept
{
    static KernelNetwork network;
    return network;
}

}  // namespace asyncio::detail
