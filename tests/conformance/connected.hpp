#pragma once

#include <asyncio/connection.hpp>
#include <asyncio/stream.hpp>

#include <utility>

namespace conformance {

/// Both ends of a TCP connection on 127.0.0.1; the server is closed already.
[[nodiscard]] asyncio::Coroutine<std::pair<asyncio::Stream, asyncio::Stream>> connected_streams();

}  // namespace conformance
