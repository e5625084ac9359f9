#pragma once

#include <asyncio/coroutine.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace asyncio {

namespace detail {
class Address;
class DatagramState;
}  // namespace detail

/// An IPv4 or IPv6 address with a port: where a datagram comes from or goes to.
class SocketAddress {
public:
    /// No address.
    SocketAddress() noexcept = default;
    /// `host` is a numeric address, "192.0.2.7" or "fe80::1%eth0": names are for open_datagram().
    /// Throws std::invalid_argument for another host, or a port that is not 0 to 65535.
    SocketAddress(const std::string& host, int port);

    [[nodiscard]] std::string host() const;
    [[nodiscard]] std::uint16_t port() const noexcept;
    /// "192.0.2.7:5353", "[::1]:5353"; "" for none.
    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] bool operator==(const SocketAddress&) const noexcept = default;

    /// For the library.
    explicit SocketAddress(const detail::Address& address) noexcept;
    [[nodiscard]] detail::Address address() const noexcept;

private:
    static constexpr std::size_t capacity = 28;  // A sockaddr_in6.

    alignas(std::uint32_t) std::array<std::byte, capacity> bytes_{};
    std::uint8_t length_ = 0;
};

/// What a DatagramSocket has received.
class Datagram {
public:
    Datagram(std::string bytes, const SocketAddress& from, bool is_cut)
        : data{std::move(bytes)}, address{from}, truncated{is_cut}
    {
    }

    std::string data;  ///< May be empty: so may datagrams.
    SocketAddress address;  ///< Where it comes from.
    bool truncated;  ///< It was longer than the limit, and the rest is lost.
};

/// Where a DatagramSocket is, and what it may do. One of the two addresses must be given.
class DatagramOptions {
public:
    DatagramOptions() = default;

    /// Host and port to receive at; the host "" means all IPv4 addresses of this machine, "::" all
    /// its IPv6 addresses; port 0 takes a free one. Else the kernel chooses both.
    std::optional<std::pair<std::string, int>> local_addr;
    /// Host and port of the only peer: send() goes to it, and others' datagrams are not received.
    std::optional<std::pair<std::string, int>> remote_addr;
    /// Others of the same user that want it too may receive at the same address; see socket(7).
    bool reuse_port = false;
    /// send_to() may address all hosts of a network.
    bool allow_broadcast = false;
};

/// A UDP socket: what open_datagram() gives.
///
/// A shared handle, cheap to copy; it closes with close() or when the last handle is dropped. One
/// task may receive while others send. Nothing is kept in the program: what nobody receives stays
/// in the kernel, which throws away what is too much. For the loop's thread.
///
/// With a remote_addr the network may say that the last datagram did not arrive: the next send()
/// or receive_from() then throws OSError (ECONNREFUSED) with the peer's address, and has sent
/// and received nothing.
class DatagramSocket {
public:
    /// As much as a datagram can be.
    static constexpr std::size_t largest = 65536;

    /// A handle to no socket. Using it throws RuntimeError.
    DatagramSocket() noexcept = default;
    DatagramSocket(const DatagramSocket& other) noexcept;
    DatagramSocket(DatagramSocket&& other) noexcept : state_{std::exchange(other.state_, nullptr)}
    {
    }
    DatagramSocket& operator=(DatagramSocket other) noexcept
    {
        std::swap(state_, other.state_);
        return *this;
    }
    ~DatagramSocket();

    [[nodiscard]] explicit operator bool() const noexcept { return state_ != nullptr; }

    /// Waits for a datagram, and gives it, or the first `limit` bytes of it.
    ///
    /// Throws CancelledError, and has taken no datagram; OSError "cannot receive from '<peer>':
    /// <reason>", EBADF after close(), also for a task that is waiting; RuntimeError when another
    /// task is receiving. Now and then it lets other tasks run, also when more has arrived.
    /// Source: CPython, loop.sock_recvfrom.
    [[nodiscard]] Coroutine<Datagram> receive_from(std::size_t limit = largest) const;

    /// Gives a datagram to the kernel, and waits while that has no room.
    ///
    /// Throws CancelledError, and has sent nothing; OSError "cannot send 5 bytes to '<peer>':
    /// <reason>", EMSGSIZE when it is too long. Source: CPython, loop.sock_sendto.
    [[nodiscard]] Coroutine<> send_to(std::string data, SocketAddress address) const;
    /// The same, to the remote_addr. Throws OSError (EDESTADDRREQ) if there is none.
    [[nodiscard]] Coroutine<> send(std::string data) const;

    /// Receives what is sent to a multicast group, on the network interface of that name; ""
    /// leaves the choice to the kernel. Throws OSError "cannot join group '<group>': <reason>";
    /// std::invalid_argument when `group` is no numeric address.
    void join_group(const std::string& group, const std::string& interface = {}) const;
    /// Does so no more.
    void leave_group(const std::string& group, const std::string& interface = {}) const;

    /// Closes the socket. Harmless when done twice. Its port is free after wait_closed(): while a
    /// task waits on the socket, the kernel keeps it until the loop's next turn.
    void close() const noexcept;
    [[nodiscard]] bool is_closing() const;
    /// Closes the socket and waits until its port is free. Throws CancelledError, and the socket
    /// closes all the same.
    [[nodiscard]] Coroutine<> wait_closed() const;

    /// "sockname" and "peername" give the address of this end and of the remote_addr, also after
    /// close(): "127.0.0.1:5353". Anything else, and what there is not, gives std::nullopt.
    [[nodiscard]] std::optional<std::string> get_extra_info(std::string_view key) const;
    /// The port of this end.
    [[nodiscard]] std::uint16_t port() const;

    /// For the library.
    explicit DatagramSocket(detail::DatagramState& state) noexcept;
    [[nodiscard]] detail::DatagramState& state() const;

private:
    detail::DatagramState* state_ = nullptr;
};

/// Opens a UDP socket:
///
///     asyncio::DatagramOptions options;
///     options.local_addr.emplace("127.0.0.1", 5353);
///     auto socket = co_await asyncio::open_datagram(options);
///     auto datagram = co_await socket.receive_from();
///     co_await socket.send_to("thanks", datagram.address);
///
/// Names are resolved off the loop; of several addresses, the first that can be used is. With both
/// options it is one of a family that both have.
///
/// Throws OSError "cannot open a UDP socket at '<local>' for '<remote>': <reason>", or when a name
/// cannot be resolved; std::invalid_argument for a port that is not 0 to 65535, or without any
/// address. Source: CPython, loop.create_datagram_endpoint.
[[nodiscard]] Coroutine<DatagramSocket> open_datagram(DatagramOptions options);

}  // namespace asyncio
