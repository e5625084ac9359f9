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
    co_await close_and_tell(writer, out, finished);
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

}  // namespace

PROGRAM(tls_server_client, 138)
{
    run_sides(&handle, &client, "localhost", asyncio::test::server_context());
}

}  // namespace conformance
