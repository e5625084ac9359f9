#pragma once

#include "net/stream_security.hpp"

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/ssl_option.hpp>
#include <asyncio/stream.hpp>

#include <memory>
#include <string>

namespace asyncio::detail {

/// Protects a stream: from now on everything goes through `security`, once the handshake is done.
///
/// Throws what the handshake fails with (SSLError, OSError), OSError (ETIMEDOUT) when it takes too
/// long, CancelledError. The stream is closed then. Requires: nothing is in the stream's buffer.
[[nodiscard]] Coroutine<> secure(Stream stream, std::unique_ptr<StreamSecurity> security);

/// A session of a client; null if there is no context. Throws std::invalid_argument.
[[nodiscard]] std::unique_ptr<StreamSecurity> new_client_session(const SSLOption& ssl,
                                                                 const std::string& hostname);

/// Throws std::invalid_argument if there is a context, and a server cannot use it.
void require_server_context(const SSLOption& ssl);

}  // namespace asyncio::detail
