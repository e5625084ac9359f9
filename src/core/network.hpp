#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace asyncio::detail {

/// A socket address of any family.
class Address {
public:
    Address() = default;
    Address(const sockaddr* address, socklen_t length);

    [[nodiscard]] const sockaddr* get() const noexcept
    {
        return reinterpret_cast<const sockaddr*>(&storage_);
    }
    [[nodiscard]] sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage_); }
    [[nodiscard]] socklen_t length() const noexcept { return length_; }
    void set_length(socklen_t length) noexcept { length_ = length; }
    static constexpr socklen_t capacity() noexcept { return sizeof(sockaddr_storage); }

    [[nodiscard]] int family() const noexcept { return get()->sa_family; }
    /// The port of an IPv4 or IPv6 address, else 0.
    [[nodiscard]] std::uint16_t port() const noexcept;
    void set_port(std::uint16_t port) noexcept;

    /// "192.0.2.7:51734", "[::1]:8888", or the path of a Unix socket.
    [[nodiscard]] std::string to_string() const;

private:
    sockaddr_storage storage_{};
    socklen_t length_ = 0;
};

/// What the kernel has made of what was sent over TLS.
struct Encrypted {
    std::uint64_t records = 0;  ///< The number of the next record.
    std::uint64_t bytes = 0;    ///< What TCP has been handed since the connection began.
};

/// The calls on sockets that take no time, so that a simulation can answer them too. Results
/// below zero are -errno. Descriptors are closed on exec and in blocking mode.
class Network {
public:
    Network() = default;
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;
    virtual ~Network() = default;

    /// A socket to connect with: stream, TCP_NODELAY where it is TCP.
    [[nodiscard]] virtual int open(int family) = 0;

    /// Gives a socket that is going to connect its own address; port 0: chosen when it connects.
    [[nodiscard]] virtual int bind_connecting(int descriptor, const Address& local) = 0;

    /// setsockopt(2) with an integer.
    [[nodiscard]] virtual int set_option(int descriptor, int level, int name, int value) = 0;

    /// Who is at the other end of a Unix socket.
    [[nodiscard]] virtual int peer_credentials(int descriptor, ucred& peer) = 0;

    /// A socket at `address` that is going to listen. TCP: SO_REUSEADDR, and SO_REUSEPORT if
    /// wanted; IPv6 only for IPv6.
    [[nodiscard]] virtual int bind(const Address& address, bool reuse_port) = 0;
    [[nodiscard]] virtual int listen(int descriptor, int backlog) = 0;

    /// Is this a stream socket that listens? -ENOTSOCK, -EINVAL ... if not. It is closed on exec
    /// from now on.
    [[nodiscard]] virtual int adopt_listener(int descriptor) = 0;

    /// Makes an accepted descriptor ready for use (TCP_NODELAY).
    virtual void adopt(int descriptor) = 0;

    [[nodiscard]] virtual int local_address(int descriptor, Address& address) = 0;
    [[nodiscard]] virtual int peer_address(int descriptor, Address& address) = 0;
    [[nodiscard]] virtual int shutdown_write(int descriptor) = 0;

    /// What has arrived already, at most as much as fits; -EAGAIN if nothing has.
    [[nodiscard]] virtual int receive(int descriptor, std::span<std::byte> data) = 0;

    // Datagrams: UDP. Nothing waits, -EAGAIN instead.

    /// IPv6 only for IPv6.
    [[nodiscard]] virtual int open_datagram(int family) = 0;
    [[nodiscard]] virtual int bind_datagram(int descriptor, const Address& local) = 0;
    [[nodiscard]] virtual int connect_datagram(int descriptor, const Address& remote) = 0;
    /// `to` is null for the one it is connected to.
    [[nodiscard]] virtual int send_datagram(int descriptor, std::span<const std::byte> data,
                                            const Address* to) = 0;
    /// Gives the bytes that fit into `room`; `truncated`: there were more.
    [[nodiscard]] virtual int receive_datagram(int descriptor, std::span<std::byte> room,
                                               Address& from, bool& truncated) = 0;
    /// Joins or leaves a multicast group on an interface; 0: the kernel chooses it.
    [[nodiscard]] virtual int change_group(int descriptor, const Address& group, unsigned interface,
                                           bool join) = 0;

    // Sending over TLS 1.3 that the kernel protects, if it knows how to: -EOPNOTSUPP. Nothing
    // waits.

    /// send(2) of what the kernel takes at once. `record_type`: that of the one TLS record to be
    /// made of it; 0: no question of it.
    [[nodiscard]] virtual int send(int, std::span<const std::byte>, std::uint8_t)
    {
        return -EOPNOTSUPP;
    }
    /// What is sent from now on leaves encrypted; `keys` is one of linux/tls.h's
    /// tls12_crypto_info_.
    [[nodiscard]] virtual int encrypt(int, std::span<const std::byte>) { return -EOPNOTSUPP; }
    [[nodiscard]] virtual int encrypted(int, Encrypted&) { return -EOPNOTSUPP; }

    /// Closes a connection with RST instead of FIN.
    virtual void reset(int descriptor) = 0;
    virtual void close(int descriptor) = 0;

    /// Closes a listening socket. Its address is free at once, although the kernel may still hold
    /// an accept operation of it.
    virtual void close_listener(int descriptor) { close(descriptor); }
};

/// The kernel's sockets.
[[nodiscard]] Network& kernel_network() noexcept;

}  // namespace asyncio::detail
