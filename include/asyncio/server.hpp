#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/fragile_temporary.hpp>
#include <asyncio/detail/ssl_option.hpp>
#include <asyncio/stream.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio {

namespace detail {

class ServerState;

/// What a server does with a connection. Tasks share it with the server, which they outlive: a
/// coroutine that is a lambda needs its closure until it ends.
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

template <ConnectionCallback F>
[[nodiscard]] std::shared_ptr<ConnectionHandler> make_connection_handler(F callback)
{
    if constexpr (std::same_as<F, std::nullptr_t>) {
        return std::make_shared<CallbackHandler<void (*)(Stream, Stream)>>(&refuse_connection);
    } else {
        return std::make_shared<CallbackHandler<F>>(std::move(callback));
    }
}

}  // namespace detail

/// A server that accepts connections: what start_server() gives.
///
/// It accepts until it is closed, by close() or by leaving its scope (`async with` in Python).
/// Connections it has accepted go on after that. Move-only; all members are for the loop's
/// thread. Source: MicroPython extmod/asyncio/stream.py, class Server.
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

    /// The port it listens on, the same for all its addresses if that was possible; 0 for a Unix
    /// socket.
    [[nodiscard]] std::uint16_t port() const noexcept;

    /// The addresses it listens on: "127.0.0.1:8080", "[::1]:8080", or a path; none when it is
    /// closed. Source: CPython asyncio.Server.sockets.
    [[nodiscard]] std::vector<std::string> sockets() const;

    /// For the library.
    explicit Server(detail::ServerState& state) noexcept;

private:
    detail::ServerState* state_ = nullptr;
};

namespace detail {

[[nodiscard]] Coroutine<Server> start_tcp_server(std::shared_ptr<ConnectionHandler> handler,
                                                 std::string host, int port, int backlog,
                                                 SSLOption ssl, std::source_location where);
[[nodiscard]] Coroutine<Server> start_unix_server(std::shared_ptr<ConnectionHandler> handler,
                                                  std::string path, int backlog, SSLOption ssl,
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
    static_assert(!detail::is_fragile_temporary<F>(),
                  "g++ 12 destroys a lambda with captures next to a co_await twice: give it a name "
                  "first, and give that");
    return detail::start_tcp_server(
        detail::make_connection_handler<std::decay_t<F>>(std::forward<F>(callback)),
        std::move(host), port, backlog, std::move(ssl), where);
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
    static_assert(!detail::is_fragile_temporary<F>(),
                  "g++ 12 destroys a lambda with captures next to a co_await twice: give it a name "
                  "first, and give that");
    return detail::start_unix_server(
        detail::make_connection_handler<std::decay_t<F>>(std::forward<F>(callback)),
        std::move(path), backlog, std::move(ssl), where);
}

}  // namespace asyncio
