// readinto() fills the memory of the caller and says how far.

#include "conformance/harness.hpp"
#include "conformance/sides.hpp"

#include <asyncio/asyncio.hpp>

#include <array>
#include <span>

namespace conformance {
namespace {

asyncio::Coroutine<> handle(asyncio::Stream, asyncio::Stream writer, Sides::Side* out,
                            asyncio::Event* finished)
{
    writer.write("ab");
    co_await writer.drain();
    writer.write("c");
    co_await writer.drain();
    co_await close_and_tell(writer, out, finished);
}

/// Fills the buffer as far as the stream goes: one readinto() may bring less.
asyncio::Coroutine<std::size_t> fill(asyncio::Stream reader, std::span<char> buffer)
{
    std::size_t filled = 0;
    while (filled < buffer.size()) {
        const std::size_t count =
            co_await reader.readinto(std::as_writable_bytes(buffer.subspan(filled)));
        if (count == 0) {
            break;
        }
        filled += count;
    }
    co_return filled;
}

asyncio::Coroutine<> client(int port, Sides::Side* out)
{
    const auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", port);
    for (int i = 0; i < 2; ++i) {
        std::array<char, 2> buffer{};
        const std::size_t count = co_await fill(reader, buffer);
        out->print(count);
        out->print(repr(std::string_view{buffer.data(), count}));
    }
}

}  // namespace

PROGRAM(tcp_readinto, 147) { run_sides(&handle, &client); }

}  // namespace conformance
