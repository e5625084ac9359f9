#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/ssl_option.hpp>
#include <asyncio/stream.hpp>

#include <string>
#include <utility>

namespace asyncio {

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

/// The same with the Unix socket at `path`; a path that begins with '\0' is an abstract name.
/// With `ssl`, `server_hostname` must be given unless the context does not check it.
/// Source: CPython asyncio.open_unix_connection.
[[nodiscard]] Coroutine<std::pair<Stream, Stream>> open_unix_connection(
    std::string path, detail::SSLOption ssl = {}, std::string server_hostname = {});

}  // namespace asyncio
