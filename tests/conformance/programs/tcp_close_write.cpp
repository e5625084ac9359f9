// The end of the stream reads as nothing; writing after the close is an error.

#include "conformance/harness.hpp"
#include "conformance/sides.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> handle(asyncio::Stream reader, asyncio::Stream writer, Sides::Side* out,
                            asyncio::Event* finished)
{
    writer.write("x");
    co_await writer.drain();
    const std::string data = co_await reader.read(100);
    out->print("read:", repr(data));
    out->print("close");
    writer.close();
    co_await writer.wait_closed();
    out->print("done");
    finished->set();
}

asyncio::Coroutine<> client(int port, Sides::Side* out)
{
    const auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", port);
    const std::string data = co_await reader.read(1);
    out->print("read:", repr(data));
    out->print("close");
    writer.close();
    co_await writer.wait_closed();
    out->print("write");
    try {
        writer.write("x");
        co_await writer.drain();
    } catch (const asyncio::OSError&) {
        out->print("OSError");
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

PROGRAM(tcp_close_write, 139, 160)
{
    Sides sides;
    asyncio::run(main_task(&sides));
    sides.show();
}

}  // namespace conformance
