// Two lines in one record, each repeated by the server.

#include "conformance/harness.hpp"
#include "conformance/sides.hpp"
#include "support/tls.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> handle(asyncio::Stream reader, asyncio::Stream writer, Sides::Side* out,
                            asyncio::Event* finished)
{
    for (int i = 0; i < 2; ++i) {
        const std::string line = co_await reader.readline();
        out->print("echo:", repr(line));
        writer.write(line);
        co_await writer.drain();
    }
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
    const std::string lines = "client data\nclient data2\n";
    out->print("write:", repr(lines));
    writer.write(lines);
    co_await writer.drain();
    for (int i = 0; i < 2; ++i) {
        const std::string line = co_await reader.readline();
        out->print("read:", repr(line));
    }
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

PROGRAM(tls_server_client_readline, 138)
{
    Sides sides;
    asyncio::run(main_task(&sides));
    sides.show();
}

}  // namespace conformance
