#pragma once

#include "core/operation.hpp"
#include "net/socket.hpp"

#include <asyncio/detail/timer.hpp>

#include <chrono>
#include <string>

namespace asyncio::detail {

class ServerState;

/// One listening socket of a server, and the accept operation that goes on until it is closed.
///
/// When descriptors or memory are used up, the connections wait in the kernel while the listener
/// waits: 100 ms, then twice as long each time, up to 1 s. To try again at once would only
/// burn the processor.
///
/// A server with a limit of connections accepts them one at a time; at the limit nothing is in
/// flight, and the rest waits in the kernel.
class Listener final : private Operation, private Timer {
public:
    static constexpr std::chrono::milliseconds first_pause{100};
    static constexpr std::chrono::milliseconds longest_pause{1000};
    /// So many connections may be lost in a row before it pauses between the tries.
    static constexpr int most_retries = 100;

    /// `shared`: other processes have the socket too, so that it must not be shut down.
    Listener(ServerState& server, Socket socket, bool shared);
    ~Listener() { close(); }

    /// Accepts, unless the server has no room.
    void start() noexcept;
    /// The server has room again.
    void resume() noexcept;
    void close() noexcept;

    /// Is it the parent process's?
    [[nodiscard]] bool forked() const noexcept { return socket_.home().forked(); }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    /// "127.0.0.1:8080", "[::1]:8080", or a path.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    /// Does the kernel hold nothing of it?
    [[nodiscard]] bool at_rest() const noexcept { return idle(); }

private:
    void complete(const Completion& completion) noexcept override;
    void expire() noexcept override { start(); }
    void failed(int error) noexcept;
    void pause() noexcept;

    ServerState& server_;
    Socket socket_;
    std::string name_;
    std::uint16_t port_;
    bool shared_;
    std::chrono::milliseconds pause_{0};  // The last one; 0: the last accept was well.
    int retries_ = 0;  // Connections that were lost since the last one that came.
};

}  // namespace asyncio::detail
