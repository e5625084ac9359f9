#pragma once

#include "net/listener.hpp"
#include "net/served_stream.hpp"
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
/// The handle keeps it alive, and so does each accept operation in flight and each connection.
class ServerState final : public RefCounted {
public:
    class Closed;
    class Left;

    /// `where` the server was started: the place that its tasks name in reports.
    ServerState(std::shared_ptr<ConnectionHandler> handler, const ServerOptions& options,
                std::source_location where)
        : handler_{std::move(handler)}, security_{options.ssl.context()},
          limit_{options.max_connections}, where_{where}
    {
    }

    /// Takes a socket that listens; `shared` with other processes.
    void add(Socket socket, bool shared);
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

    [[nodiscard]] ServedStreams& clients() noexcept { return clients_; }
    /// A connection is closed, and its handler has ended.
    void client_left() noexcept;
    /// The handler of a connection has ended.
    void handler_ended() noexcept;
    /// `co_await server.left();` waits until there is no connection.
    [[nodiscard]] Left left() noexcept;
    /// Is the running task the handler of a connection?
    [[nodiscard]] bool in_handler() const;
    /// Cancels the handlers, and closes connections without one; gives the number of the former.
    /// The running task is left out.
    std::size_t close_clients() const;
    /// The same without sending what is unsent.
    void abort_clients() const;

    // For the listeners.
    [[nodiscard]] bool has_limit() const noexcept { return limit_ > 0; }
    /// May there be one more connection?
    [[nodiscard]] bool has_room() const noexcept { return limit_ == 0 || clients_.size() < limit_; }
    /// Runs the handler for a connection, in a task of its own.
    void serve(Socket connection) noexcept;
    /// Reports that accepting has failed and will be tried again.
    void report(const Listener& listener, int error) noexcept;
    void part_at_rest() noexcept;

private:
    class Admission;

    [[nodiscard]] bool at_rest() const noexcept;
    void begin(Socket accepted) noexcept;
    void admit(const Stream& stream) noexcept;
    [[nodiscard]] Coroutine<> handle(const Stream& stream) const;
    void forget_handler() noexcept;

    std::shared_ptr<ConnectionHandler> handler_;
    std::shared_ptr<const SecurityContext> security_;
    std::size_t limit_;  // Of connections; 0: none.
    std::source_location where_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::optional<UnixFile> file_;
    ServedStreams clients_;
    std::vector<Stream> newcomers_;  // They wait for their handler's task.
    std::size_t handling_ = 0;  // How many handlers have not ended; newcomers count.
    std::vector<Socket> held_;  // Accepted, but there is no room: one of each listener at most.
    WaitQueue waiting_;  // For the end of it.
    WaitQueue leaving_;  // For the last connection to leave.
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

/// Awaiter of left().
class ServerState::Left final : public WaitQueue::Waiter {
public:
    explicit Left(ServerState& server) noexcept : server_{server} {}

    [[nodiscard]] bool await_ready() const noexcept { return server_.clients_.size() == 0; }
    void await_suspend(Awaiting awaiting) noexcept { wait(server_.leaving_, awaiting); }
    void await_resume() const { throw_if_cancelled(); }
    [[nodiscard]] const char* what() const noexcept override { return "connections to end"; }
    [[nodiscard]] std::string describe(Time now) const override;

private:
    ServerState& server_;
};

inline ServerState::Left ServerState::left() noexcept { return Left{*this}; }
inline ServerState::Closed ServerState::closed() noexcept { return Closed{*this}; }

}  // namespace asyncio::detail
