// read() collects everything until the end, and then gives nothing.

#include "conformance/harness.hpp"
#include "conformance/sides.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> handle(asyncio::Stream, asyncio::Stream writer, Sides::Side* out,
                            asyncio::Event* finished)
{
    writer.write("a");
    co_await writer.drain();
    co_await asyncio::sleep(0.1);
    writer.write("b");
    co_await writer.drain();
    writer.write("c");
    co_await writer.drain();
    out->print("close");
    writer.close();
    co_await writer.wait_closed();
    out->print("done");
    finished->set();
}

asyncio::Coroutine<> client(int port, Sides::Side* out)
{
    const auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", port);
    const std::string all = co_await reader.read();
    out->print(repr(all));
    const std::string nothing = co_await reader.read();
    out->print(repr(nothing));
    const std::string nothing_either = co_await reader.read(1);
    out->print(repr(nothing_either));
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

PROGRAM(tcp_readall, 139, 140)
{
    Sides sides;
    asyncio::run(main_task(&sides));
    sides.show();
}

}  // namespace conformance
