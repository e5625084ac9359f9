// A client speaks over TLS, the server repeats it.

#include "conformance/harness.hpp"
#include "conformance/sides.hpp"
#include "support/tls.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> handle(asyncio::Stream reader, asyncio::Stream writer, Sides::Side* out,
                            asyncio::Event* finished)
{
    const std::string data = co_await reader.read(100);
    out->print("echo:", repr(data));
    writer.write(data);
    co_await writer.drain();
    out->print("close");
    writer.close();
    co_await writer.wait_closed();
    out->print("done");
    finished->set();
}

asyncio::Coroutine<> client(int port, Sides::Side* out)
{
    const asyncio::SSLContext context = asyncio::test::client_context();
    const auto [reader, writer] = co_await asyncio::open_connection("localhost", port, context);
    const std::string message = "client data";
    out->print("write:", repr(message));
    writer.write(message);
    co_await writer.drain();
    const std::string data = co_await reader.read(100);
    out->print("read:", repr(data));
    writer.close();
}

asyncio::Coroutine<> main_task(Sides* sides)
{
    asyncio::Event finished;
    const auto handler = [sides, &finished](asyncio::Stream reader, asyncio::Stream writer) {
        return handle(std::move(reader), std::move(writer), &sides->server, &finished);
    };
    const asyncio::SSLContext context = asyncio::test::server_context();
    const asyncio::Server server =
        co_await asyncio::start_server(handler, "localhost", 0, 5, context);
    sides->server.print("server running");
    co_await client(server.port(), &sides->client);
    co_await asyncio::wait_for(finished.wait(), 10);
}

}  // namespace

PROGRAM(tls_server_client, 138)
{
    Sides sides;
    asyncio::run(main_task(&sides));
    sides.show();
}

}  // namespace conformance
