#pragma once

#include "boardd/config.hpp"
#include "boardd/text/answer.hpp"

#include <asyncio/coroutine.hpp>
#include <asyncio/stream.hpp>

#include <memory>

namespace boardd::text {

/// Serves one client of the text protocol until it quits, its stream ends, or it is idle too
/// long; then closes the stream. Throws CancelledError only.
///
/// Replies come in the order of the commands. Events are whole lines between the replies; a client
/// that does not take them loses some, and is told how many, and nobody waits for it.
[[nodiscard]] asyncio::Coroutine<> serve(asyncio::Stream stream, std::shared_ptr<Desk> desk,
                                         std::shared_ptr<const Limits> limits);

}  // namespace boardd::text
