#pragma once

#include "core/network.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <utility>

namespace asyncio::detail {

/// Sockets in memory: connections between programs of one simulated loop.
///
/// A connection holds up to `capacity` bytes in each direction. Closing with unread bytes
/// resets it, as Linux does. Addresses of the documentation ranges (192.0.2.0/24, 2001:db8::/32)
/// are hosts that never answer, and where datagrams get lost. A socket holds up to `capacity` bytes
/// of datagrams; more are lost. Descriptors count from `first_descriptor`, far from real ones.
class SimulatedNetwork final : public Network {
public:
    static constexpr int first_descriptor = 1 << 24;
    static constexpr std::size_t capacity = 64 * 1024;

    [[nodiscard]] static bool owns(int descriptor) noexcept
    {
        return descriptor >= first_descriptor;
    }

    int open(int family) override;
    int bind_connecting(int descriptor, const Address& local) override;
    int set_option(int descriptor, int level, int name, int value) override;
    int peer_credentials(int descriptor, ucred& peer) override;
    int bind(const Address& address, bool reuse_port) override;
    int listen(int descriptor, int backlog) override;
    int adopt_listener(int descriptor) override;
    void adopt(int descriptor) override;
    int local_address(int descriptor, Address& address) override;
    int peer_address(int descriptor, Address& address) override;
    int shutdown_write(int descriptor) override;
    int receive(int descriptor, std::span<std::byte> data) override;
    int open_datagram(int family) override;
    int bind_datagram(int descriptor, const Address& local) override;
    int connect_datagram(int descriptor, const Address& remote) override;
    int send_datagram(int descriptor, std::span<const std::byte> data, const Address* to) override;
    int receive_datagram(int descriptor, std::span<std::byte> room, Address& from,
                         bool& truncated) override;
    /// Knows no groups.
    int change_group(int, const Address&, unsigned, bool) override { return -EOPNOTSUPP; }
    void reset(int descriptor) override;
    void close(int descriptor) override;

    // The operations, one attempt each: a result, or -EAGAIN when it has to wait.

    /// A connection's descriptor.
    [[nodiscard]] int try_accept(int descriptor);
    [[nodiscard]] int try_connect(int descriptor, const Address& address);
    /// At most `limit` bytes, appended to `data`.
    [[nodiscard]] int try_receive(int descriptor, std::size_t limit, std::string& data);
    [[nodiscard]] int try_send(int descriptor, std::span<const std::byte> data);

    /// Which of these events of poll(2) are there; only datagrams are polled.
    [[nodiscard]] int try_poll(int descriptor, std::uint32_t events);

    /// Has a call that is no operation changed anything? Then operations that wait may go on.
    [[nodiscard]] bool changed() const noexcept { return changed_; }
    void forget_change() noexcept { changed_ = false; }

    /// How many descriptors are open.
    [[nodiscard]] std::size_t open_descriptors() const noexcept { return sockets_.size(); }

private:
    struct Socket {
        Address local;
        Address remote;
        bool bound = false;
        bool shares_port = false;
        bool listening = false;
        std::size_t backlog = 0;
        std::size_t given = 0;  // Connections so far.
        std::deque<int> pending;  // Connections nobody has accepted yet.
        int peer = -1;  // The other end; -1 when it is gone or not there yet.
        bool connected = false;
        std::string incoming;
        bool datagrams = false;
        std::deque<std::pair<Address, std::string>> received;  // Datagrams, and their senders.
        std::size_t received_bytes = 0;
        int told = 0;  // The error that the network has told of a datagram.
        bool end_of_stream = false;
        bool was_reset = false;
        bool write_shut = false;
    };

    [[nodiscard]] Socket* find(int descriptor);
    [[nodiscard]] bool is_taken(const Address& address, bool reuse_port);
    [[nodiscard]] Socket* listener_at(const Address& address);
    [[nodiscard]] Address fresh_address(int family);
    [[nodiscard]] Socket* receiver_of(const Address& from, const Address& to);
    void disconnect(int descriptor, bool abort);

    std::map<int, Socket> sockets_;
    int next_descriptor_ = first_descriptor;
    std::uint16_t next_port_ = 49152;
    bool changed_ = false;
};

}  // namespace asyncio::detail
