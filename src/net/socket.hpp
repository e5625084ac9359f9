#pragma once

#include "core/backend.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace asyncio::detail {

/// The backend an object was made on, which may be gone before it: a handle to a stream or a
/// server can outlive its loop.
class HomeBackend {
public:
    HomeBackend() = default;
    explicit HomeBackend(Backend& backend) noexcept : backend_{&backend}, number_{backend.number()}
    {
    }

    /// Is it this thread's backend now? Then it exists.
    [[nodiscard]] bool here() const noexcept;
    /// Is this a child process, made by fork() since? Then what there is is the parent's.
    [[nodiscard]] bool forked() const noexcept { return here() && backend_->forked(); }
    /// May operations be started on it?
    [[nodiscard]] bool usable() const noexcept;
    /// Throws RuntimeError unless it is usable.
    void require_usable() const;

    /// Requires: here().
    [[nodiscard]] Backend& operator*() const noexcept { return *backend_; }
    [[nodiscard]] Backend* operator->() const noexcept { return backend_; }

private:
    Backend* backend_ = nullptr;
    std::uint64_t number_ = 0;
};

/// Owns the descriptor of a socket.
class Socket {
public:
    Socket() = default;
    Socket(Backend& home, int descriptor) noexcept
        : home_{home}, network_{&home.network()}, descriptor_{descriptor}
    {
    }
    Socket(Socket&& other) noexcept
        : home_{other.home_}, network_{other.network_},
          descriptor_{std::exchange(other.descriptor_, -1)}
    {
    }
    Socket& operator=(Socket&& other) noexcept
    {
        std::swap(home_, other.home_);
        std::swap(network_, other.network_);
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~Socket() { close(); }

    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    [[nodiscard]] const HomeBackend& home() const noexcept { return home_; }

    void close() noexcept;
    /// Closes it with RST.
    void reset() noexcept;
    /// Closes one that listens; the address is free at once.
    void close_listener() noexcept;
    /// setsockopt(2) with an integer. Gives 0 or -errno.
    [[nodiscard]] int set_option(int level, int name, int value) const noexcept;
    /// Who is at the other end of a Unix socket. Gives 0 or -errno.
    [[nodiscard]] int peer_credentials(ucred& peer) const noexcept;
    /// Lets it listen. Gives 0 or -errno.
    [[nodiscard]] int listen(int backlog) const { return network_->listen(descriptor_, backlog); }
    /// Makes an accepted one ready for use.
    void adopt() { network_->adopt(descriptor_); }
    /// What has arrived already: how much of it, or -errno.
    [[nodiscard]] int receive(std::span<std::byte> data) const
    {
        return network_->receive(descriptor_, data);
    }
    /// For what streams seldom want of it. Requires: it is open.
    [[nodiscard]] Network& network() const noexcept { return *network_; }
    /// Sends FIN, and leaves it open for receiving.
    void shutdown_write() const noexcept;

    /// The addresses of its two ends, as text; empty when the system does not tell.
    [[nodiscard]] std::string local_name() const;
    [[nodiscard]] std::string peer_name() const;
    /// The port of this end, 0 if it has none.
    [[nodiscard]] std::uint16_t local_port() const;

private:
    [[nodiscard]] bool reachable() const noexcept;

    HomeBackend home_;
    Network* network_ = nullptr;
    int descriptor_ = -1;
};

}  // namespace asyncio::detail
