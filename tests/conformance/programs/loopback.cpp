// A server and a client in one loop, and the order of what each of them does.

#include "conformance/harness.hpp"
#include "conformance/sides.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> client(int port, Sides* sides)
{
    Sides::Side& out = sides->client;
    out.print("client open_connection");
    const auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", port);

    out.print("client writing");
    writer.write(std::string(100, 'A'));
    co_await writer.drain();
    co_await asyncio::sleep(0.1);

    out.print("client reading");
    const std::string data = co_await reader.readexactly(100);
    out.print("client got", data.size(), "bytes");

    out.print("client closing");
    writer.close();
    co_await writer.wait_closed();
    out.print("client closed");
}

asyncio::Coroutine<> echoes(asyncio::Stream reader, asyncio::Stream writer, Sides* sides)
{
    Sides::Side& out = sides->server;
    out.print("handler reading");
    co_await asyncio::sleep(0.1);
    const std::string data = co_await reader.readexactly(100);
    out.print("handler got", data.size(), "bytes");

    out.print("handler writing");
    writer.write(data);
    co_await writer.drain();

    out.print("handler closing");
    writer.close();
    co_await writer.wait_closed();
    out.print("handler closed");
}

asyncio::Coroutine<> main_task(Sides* sides)
{
    sides->server.print("create server");
    {
        const auto handler = [sides](asyncio::Stream reader, asyncio::Stream writer) {
            return echoes(std::move(reader), std::move(writer), sides);
        };
        const asyncio::Server server = co_await asyncio::start_server(handler, "0.0.0.0", 0);
        sides->server.print("server started");
        co_await client(server.port(), sides);
    }
    co_await asyncio::sleep(0.1);
    sides->server.print("server closed");
}

}  // namespace

PROGRAM(loopback, 170, 179)
{
    Sides sides;
    asyncio::run(main_task(&sides));
    sides.show();
}

}  // namespace conformance
