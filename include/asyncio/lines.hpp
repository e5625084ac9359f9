#pragma once

#include <asyncio/generator.hpp>
#include <asyncio/stream.hpp>

#include <string>

namespace asyncio {

/// The lines of a stream until its end, each with its '\n'; the last one maybe without.
///
///     auto lines = asyncio::lines(reader);
///     auto line = co_await lines.next();
///     while (line) {
///         use(*line);
///         line = co_await lines.next();
///     }
///
/// next() throws what Stream::readline() throws; that ends the generator, and what has arrived
/// stays in the stream. Source: CPython, `async for line in reader`.
[[nodiscard]] Generator<std::string> lines(Stream stream);

}  // namespace asyncio
