#pragma once

#include "net/listener.hpp"
#include "net/stream_security.hpp"
#include "net/unix_file.hpp"

#include <asyncio/detail/wait_queue.hpp>
#include <asyncio/server.hpp>

#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <vector>

namespace asyncio::detail {

/// What a Server is a handle to: its listening sockets, and what to do with connections.
///
/// The handle keeps it alive, and so does each accept operation in flight.
class ServerState final : public RefCounted {
public:
    class Closed;

    /// `security`: null for plain connections. `where` the server was started: the place that its
    /// tasks name in reports.
    ServerState(std::shared_ptr<ConnectionHandler> handler,
                std::shared_ptr<const SecurityContext> security, std::source_location where)
        : handler_{std::move(handler)}, security_{std::move(security)}, where_{where}
    {
    }

    /// Takes a socket that listens.
    void add(Socket socket);
    /// The file of a Unix socket, to be removed in the end.
    void own(UnixFile file) { file_ = std::move(file); }
    /// Begins to accept on all sockets.
    void start() noexcept;
    void close() noexcept;

    [[nodiscard]] bool open() const noexcept { return open_; }
    /// `co_await server.closed();` waits until it is closed and the kernel holds nothing of it.
    [[nodiscard]] Closed closed() noexcept;

    [[nodiscard]] std::uint16_t port() const noexcept;
    [[nodiscard]] std::vector<std::string> names() const;

    // For the listeners.
    /// Runs the handler for a connection, in a task of its own.
    void serve(Socket connection) noexcept;
    /// Reports that accepting has failed and will be tried again.
    void report(const Listener& listener, int error) noexcept;
    void part_at_rest() noexcept;

private:
    [[nodiscard]] bool at_rest() const noexcept;

    std::shared_ptr<ConnectionHandler> handler_;
    std::shared_ptr<const SecurityContext> security_;
    std::source_location where_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::optional<UnixFile> file_;
    WaitQueue waiting_;  // For the end of it.
    bool open_ = true;
};

/// Awaiter of closed(). Cancelling it closes the server.
class ServerState::Closed final : public WaitQueue::Waiter {
public:
    explicit Closed(ServerState& server) noexcept : server_{server} {}

    [[nodiscard]] bool await_ready() const noexcept { return !server_.open_ && server_.at_rest(); }
    void await_suspend(Awaiting awaiting) noexcept { wait(server_.waiting_, awaiting); }
    void await_resume() const;
    [[nodiscard]] const char* what() const noexcept override { return "server to close"; }

private:
    ServerState& server_;
};

inline ServerState::Closed ServerState::closed() noexcept { return Closed{*this}; }

}  // namespace asyncio::detail
