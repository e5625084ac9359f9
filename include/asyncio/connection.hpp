#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/ssl_option.hpp>
#include <asyncio/detail/time_limit.hpp>
#include <asyncio/stream.hpp>

#include <optional>
#include <string>
#include <utility>

namespace asyncio {

/// What a connection can be told beside its address.
///
///     asyncio::ConnectionOptions options;
///     options.timeout = 2.5;
///     auto [reader, writer] = co_await asyncio::open_connection("board.local", 8880, options);
class ConnectionOptions {
public:
    ConnectionOptions() = default;
    ConnectionOptions(detail::SSLOption protection, std::string name)
        : ssl{std::move(protection)}, server_hostname{std::move(name)}
    {
    }

    /// See open_connection().
    detail::SSLOption ssl;
    std::string server_hostname;
    /// For all of it: the look-up of the name, connecting, and the TLS handshake. Seconds, a
    /// duration, or std::nullopt for none. Then OSError (ETIMEDOUT) says how far it came.
    detail::TimeLimit timeout = std::nullopt;
    /// TCP: the host and port to connect from; port 0 takes a free one. A host with addresses of
    /// both families serves both. Source: CPython asyncio.open_connection(local_addr).
    std::optional<std::pair<std::string, int>> local_addr;
};

/// Connects to a TCP server and gives a reader and a writer, which are the same stream:
///
///     auto [reader, writer] = co_await asyncio::open_connection("board.local", 8880);
///
/// `host` is a name or a numeric address. Names are resolved off the loop, so nothing else has to
/// wait; "localhost" is ::1 and 127.0.0.1, without a look-up. All addresses are tried as RFC 8305
/// says: the families take turns, an attempt that has not ended after 250 ms gets company, and
/// the first that succeeds wins.
///
/// `ssl`: an SSLContext, or true for the default one, protects the connection with TLS. The server
/// must then have a valid certificate for `server_hostname`, which is `host` unless given:
///
///     auto [reader, writer] = co_await asyncio::open_connection("example.org", 443, true);
///
/// Throws OSError when the name cannot be resolved (category "getaddrinfo"), or when no address
/// can be connected to (errno; the message gives each address and its reason);
/// std::invalid_argument for a port that is not 0 to 65535; CancelledError, after all attempts
/// have ended and their descriptors are closed. With `ssl` also: SSLError when the handshake fails
/// (SSLCertVerificationError: the server is not the one it should be), OSError ETIMEDOUT when it
/// takes longer than the context allows, std::invalid_argument for a server's context.
/// Source: MicroPython extmod/asyncio/stream.py, open_connection.
[[nodiscard]] Coroutine<std::pair<Stream, Stream>> open_connection(
    std::string host, int port, detail::SSLOption ssl = {}, std::string server_hostname = {});

/// The same with more choices.
[[nodiscard]] Coroutine<std::pair<Stream, Stream>> open_connection(std::string host, int port,
                                                                   ConnectionOptions options);

/// The same with the Unix socket at `path`; a path that begins with '\0' is an abstract name.
/// With `ssl`, `server_hostname` must be given unless the context does not check it.
/// Source: CPython asyncio.open_unix_connection.
[[nodiscard]] Coroutine<std::pair<Stream, Stream>> open_unix_connection(
    std::string path, detail::SSLOption ssl = {}, std::string server_hostname = {});

/// The same with more choices. Throws std::invalid_argument with a local_addr.
[[nodiscard]] Coroutine<std::pair<Stream, Stream>> open_unix_connection(std::string path,
                                                                        ConnectionOptions options);

}  // namespace asyncio
