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
    co_await close_and_tell(writer, out, finished);
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

}  // namespace

PROGRAM(tls_server_client_readline, 138)
{
    run_sides(&handle, &client, "localhost", asyncio::test::server_context());
}

}  // namespace conformance
