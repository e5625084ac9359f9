#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/fragile_temporary.hpp>
#include <asyncio/detail/ssl_option.hpp>
#include <asyncio/detail/time_limit.hpp>
#include <asyncio/stream.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <sys/types.h>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio {

namespace detail {

class ServerState;

/// What a server does with a connection. The server keeps it until it is closed and the last
/// handler has ended: a coroutine that is a lambda needs its closure until then.
class ConnectionHandler {
public:
    ConnectionHandler(const ConnectionHandler&) = delete;
    ConnectionHandler& operator=(const ConnectionHandler&) = delete;
    virtual ~ConnectionHandler() = default;

    /// Requires: the handler outlives the coroutine.
    [[nodiscard]] virtual Coroutine<> handle(Stream reader, Stream writer) = 0;

protected:
    ConnectionHandler() = default;
};

/// `callback(reader, writer)` is possible; or there is none, as None in Python: then connections
/// are closed at once.
template <typename F>
concept ConnectionCallback = std::same_as<F, std::nullptr_t> || std::invocable<F&, Stream, Stream>;

template <typename T>
inline constexpr bool is_async_result = false;
template <typename T>
inline constexpr bool is_async_result<Coroutine<T>> = true;

template <typename F>
class CallbackHandler final : public ConnectionHandler {
public:
    explicit CallbackHandler(F callback) : callback_{std::move(callback)} {}

    [[nodiscard]] Coroutine<> handle(Stream reader, Stream writer) override
    {
        using Result = std::invoke_result_t<F&, Stream, Stream>;
        if constexpr (std::same_as<Result, Coroutine<>>) {
            return callback_(std::move(reader), std::move(writer));
        } else if constexpr (is_async_result<Result>) {
            return finish(callback_(std::move(reader), std::move(writer)));
        } else {
            return call(callback_, std::move(reader), std::move(writer));
        }
    }

private:
    template <typename T>
    static Coroutine<> finish(Coroutine<T> coroutine)
    {
        (void)co_await std::move(coroutine);
    }
    static Coroutine<> call(F& callback, Stream reader, Stream writer)
    {
        (void)callback(std::move(reader), std::move(writer));
        co_return;
    }

    F callback_;
};

/// A function without a result that closes what it gets.
inline void refuse_connection(Stream reader, Stream writer)
{
    reader.close();
    writer.close();
}

template <typename F>
[[nodiscard]] std::shared_ptr<ConnectionHandler> make_connection_handler(F&& callback)
{
    static_assert(!is_fragile_temporary<F>(),
                  "g++ 12 destroys a lambda with captures next to a co_await twice: give it a name "
                  "first, and give that");
    if constexpr (std::same_as<std::decay_t<F>, std::nullptr_t>) {
        return std::make_shared<CallbackHandler<void (*)(Stream, Stream)>>(&refuse_connection);
    } else {
        return std::make_shared<CallbackHandler<std::decay_t<F>>>(std::forward<F>(callback));
    }
}

}  // namespace detail

/// What a server can be told beside its address.
///
///     asyncio::ServerOptions options;
///     options.max_connections = 100;
///     asyncio::Server server = co_await asyncio::start_server(serve, "", 8880, options);
class ServerOptions {
public:
    ServerOptions() = default;
    ServerOptions(int connections_in_kernel, detail::SSLOption protection)
        : backlog{connections_in_kernel}, ssl{std::move(protection)}
    {
    }

    /// How many connections the kernel keeps until they are accepted.
    int backlog = 5;
    /// An SSLContext with a certificate: connections are protected with TLS.
    detail::SSLOption ssl;
    /// At most so many connections at once; 0: no limit. One counts from its accept until it is
    /// closed and its handler has ended. While there are so many, others wait in the kernel, at
    /// most `backlog` of them; a server with several addresses may hold one of each itself.
    std::size_t max_connections = 0;
    /// TCP: other servers that want it too, of the same user, may listen at the same address, and
    /// the kernel shares the connections out: one loop for each core.
    /// Source: socket(7), SO_REUSEPORT; CPython, create_server(reuse_port).
    bool reuse_port = false;
    /// Unix sockets: the permissions of the socket file, as 0660; else the umask decides. Who
    /// may write to it may connect.
    std::optional<mode_t> mode;
    /// Unix sockets: the group of the socket file, its name or its number; else the process's.
    std::string group;
};

/// A socket that listens already, which this process was given: by systemd (socket activation),
/// or by a parent process. Owns the descriptor, until start_server() takes it.
class ListeningSocket {
public:
    explicit ListeningSocket(int descriptor) noexcept : descriptor_{descriptor} {}
    ListeningSocket(ListeningSocket&& other) noexcept : descriptor_{other.release()} {}
    ListeningSocket& operator=(ListeningSocket&& other) noexcept
    {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~ListeningSocket();

    [[nodiscard]] int fileno() const noexcept { return descriptor_; }
    /// Gives the descriptor away.
    [[nodiscard]] int release() noexcept { return std::exchange(descriptor_, -1); }

private:
    int descriptor_;
};

/// A server that accepts connections: what start_server() gives.
///
/// It accepts until it is closed, by close() or by leaving its scope (`async with` in Python).
/// Connections it has accepted go on after that, unless they are told to end: close_clients(),
/// abort_clients(), or all in one, shutdown(). Move-only; all members are for the loop's thread.
/// Source: MicroPython extmod/asyncio/stream.py, class Server.
class [[nodiscard]] Server {
public:
    /// A server that is closed.
    Server() noexcept = default;
    Server(Server&& other) noexcept : state_{std::exchange(other.state_, nullptr)} {}
    Server& operator=(Server&& other) noexcept
    {
        std::swap(state_, other.state_);
        return *this;
    }
    ~Server();

    /// Closes the listening sockets at once: their addresses can be used again when this
    /// returns. Harmless when done twice.
    void close() noexcept;

    /// Is it open?
    [[nodiscard]] bool is_serving() const noexcept;

    /// Waits until the server is closed. Does not wait for connections. If the waiting task is
    /// cancelled, the server is closed too, and CancelledError is thrown.
    [[nodiscard]] Coroutine<> wait_closed() const;

    /// The same by its other name, for programs that do nothing but serve.
    /// Source: CPython asyncio.Server.serve_forever.
    [[nodiscard]] Coroutine<> serve_forever() const { return wait_closed(); }

    /// Ends the server gracefully: closes it, waits until the last connection is closed and its
    /// handler has ended, at most for `limit` (seconds, a duration, or std::nullopt), then does
    /// what close_clients() does. What is left 2 seconds after that, it aborts.
    /// Gives how many handlers had to be cancelled.
    ///
    /// Throws CancelledError; RuntimeError when a handler of the server calls it, which would wait
    /// for itself. Source: the Shutdown of Go's net/http, with a limit.
    [[nodiscard]] Coroutine<std::size_t> shutdown(detail::TimeLimit limit) const;

    /// How many connections there are: not closed yet, or with a handler that has not ended.
    [[nodiscard]] std::size_t connections() const noexcept;

    /// Ends the connections there are: their handlers are cancelled, and when they have ended, what
    /// they have written is still sent. Does not wait for that. A handler that calls it is left
    /// out. Source: CPython 3.13 asyncio.Server.close_clients, which cancels no handler.
    void close_clients() const;

    /// The same, but what is unsent is thrown away, and the peers see a reset connection.
    /// Source: CPython 3.13 asyncio.Server.abort_clients.
    void abort_clients() const;

    /// The port it listens on, the same for all its addresses if that was possible; 0 for a Unix
    /// socket.
    [[nodiscard]] std::uint16_t port() const noexcept;

    /// The addresses it listens on: "127.0.0.1:8080", "[::1]:8080", or a path; none when it is
    /// closed. Source: CPython asyncio.Server.sockets.
    [[nodiscard]] std::vector<std::string> sockets() const;

    /// For the library.
    explicit Server(detail::ServerState& state) noexcept;
    [[nodiscard]] detail::ServerState& state() const noexcept { return *state_; }

private:
    detail::ServerState* state_ = nullptr;
};

namespace detail {

[[nodiscard]] Coroutine<Server> start_tcp_server(std::shared_ptr<ConnectionHandler> handler,
                                                 std::string host, int port, ServerOptions options,
                                                 std::source_location where);
[[nodiscard]] Coroutine<Server> start_unix_server(std::shared_ptr<ConnectionHandler> handler,
                                                  std::string path, ServerOptions options,
                                                  std::source_location where);
[[nodiscard]] Coroutine<Server> start_server_on(std::shared_ptr<ConnectionHandler> handler,
                                                ListeningSocket sock, ServerOptions options,
                                                std::source_location where);

}  // namespace detail

/// Listens at `host` and `port`, and calls `callback(reader, writer)` for each connection, in a
/// task of its own.
///
/// `callback` is a coroutine function or a plain function; reader and writer are the same Stream.
/// (A lambda whose captures have destructors needs a name first: g++ 12 refuses it otherwise.)
/// If it throws, its connection is closed and the exception reported to the loop's exception
/// handler. If it returns, the connection stays for as long as somebody holds a handle.
///
/// `host`: a name or an address; a server listens on all addresses of a name ("localhost": both
/// ::1 and 127.0.0.1); "" means all interfaces. `port` 0 takes a free port, see Server::port().
/// `backlog` is the number of connections that the kernel keeps until they are accepted. When more
/// come at the same moment, some clients wait for a second or longer: servers with many clients
/// want 128 or more.
///
/// When no descriptor or memory is left, connections wait in the kernel: the server tries again
/// after 100 ms, then after up to 1 s, and reports the first failure to the exception handler.
///
/// `ssl`, an SSLContext with a certificate, protects the connections with TLS: `callback` is called
/// when the handshake is done. One that fails is reported like a handler that throws, and takes
/// place in the connection's own task, so that a slow one holds up no other.
///
/// Throws OSError "cannot listen on '<address>': <reason>", or when the name cannot be resolved;
/// std::invalid_argument for a port that is not 0 to 65535, or for a client's context or one
/// without a certificate. Source: MicroPython extmod/asyncio/stream.py, start_server.
template <typename F>
    requires detail::ConnectionCallback<std::decay_t<F>>
[[nodiscard]] Coroutine<Server> start_server(
    F&& callback, std::string host, int port, int backlog = 5, detail::SSLOption ssl = {},
    std::source_location where = std::source_location::current())
{
    return detail::start_tcp_server(detail::make_connection_handler<F>(std::forward<F>(callback)),
                                    std::move(host), port, ServerOptions{backlog, std::move(ssl)},
                                    where);
}

/// The same with more choices. Throws std::invalid_argument with a mode or a group.
template <typename F>
    requires detail::ConnectionCallback<std::decay_t<F>>
[[nodiscard]] Coroutine<Server> start_server(
    F&& callback, std::string host, int port, ServerOptions options,
    std::source_location where = std::source_location::current())
{
    return detail::start_tcp_server(detail::make_connection_handler<F>(std::forward<F>(callback)),
                                    std::move(host), port, std::move(options), where);
}

/// The same on a socket that listens already, TCP or Unix:
///
///     auto server = co_await asyncio::start_server(serve, asyncio::ListeningSocket{3});
///
/// The server owns the descriptor and closes it in the end, also when it cannot be started; other
/// processes that have the socket too can go on with it, and a Unix socket's file stays. The
/// socket's backlog stays as it is.
///
/// Throws OSError: "cannot serve on file descriptor 3: <reason>" when it is no stream socket that
/// listens; std::invalid_argument with reuse_port, mode or group, for which it is too late.
/// Source: CPython asyncio.start_server(sock=...).
template <typename F>
    requires detail::ConnectionCallback<std::decay_t<F>>
[[nodiscard]] Coroutine<Server> start_server(
    F&& callback, ListeningSocket sock, ServerOptions options = {},
    std::source_location where = std::source_location::current())
{
    return detail::start_server_on(detail::make_connection_handler<F>(std::forward<F>(callback)),
                                   std::move(sock), std::move(options), where);
}

/// The same for a Unix socket at `path`; a path that begins with '\0' is an abstract name.
///
/// A socket file that no server listens on any more is replaced; other files are not. The file is
/// removed when the server is closed. Source: CPython asyncio.start_unix_server.
template <typename F>
    requires detail::ConnectionCallback<std::decay_t<F>>
[[nodiscard]] Coroutine<Server> start_unix_server(
    F&& callback, std::string path, int backlog = 5, detail::SSLOption ssl = {},
    std::source_location where = std::source_location::current())
{
    return detail::start_unix_server(detail::make_connection_handler<F>(std::forward<F>(callback)),
                                     std::move(path), ServerOptions{backlog, std::move(ssl)},
                                     where);
}

/// The same with more choices. Nobody can connect before the file has its mode and group.
///
/// Also throws OSError "cannot give '<path>' to group '<group>': <reason>", ENOENT when there is no
/// such group; std::invalid_argument with reuse_port, or with a mode or group for an abstract name,
/// which has no file.
template <typename F>
    requires detail::ConnectionCallback<std::decay_t<F>>
[[nodiscard]] Coroutine<Server> start_unix_server(
    F&& callback, std::string path, ServerOptions options,
    std::source_location where = std::source_location::current())
{
    return detail::start_unix_server(detail::make_connection_handler<F>(std::forward<F>(callback)),
                                     std::move(path), std::move(options), where);
}

}  // namespace asyncio
