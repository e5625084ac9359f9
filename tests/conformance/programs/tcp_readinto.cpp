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
    out->print("close");
    writer.close();
    co_await writer.wait_closed();
    out->print("done");
    finished->set();
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

asyncio::Coroutine<> main_task(Sides* sides)
{
    asyncio::Event finished;
    const auto handler = [sides, &finished](asyncio::Stream reader, asyncio::Stream writer) {
        return handle(std::move(reader), std::move(writer), &sides->server, &finished);
    };
    const asyncio::Server server = co_await asyncio::start_server(handler, "127.0.0.1", 0);
    sides->server.print("server running");
    co_await client(server.port(), &sides->client);
    co_await asyncio::wait_for(finished.wait(), 10);
}

}  // namespace

PROGRAM(tcp_readinto, 147)
{
    Sides sides;
    asyncio::run(main_task(&sides));
    sides.show();
}

}  // namespace conformance
