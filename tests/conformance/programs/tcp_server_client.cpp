// A client speaks, the server repeats it.

#include "conformance/harness.hpp"
#include "conformance/sides.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> handle(asyncio::Stream reader, asyncio::Stream writer, Sides::Side* out,
                            asyncio::Event* finished)
{
    if (!writer.get_extra_info("peername")) {
        out->print("no peername");
    }
    const std::string data = co_await reader.readexactly(11);
    out->print("echo:", repr(data));
    writer.write(data);
    co_await writer.drain();
    co_await close_and_tell(writer, out, finished);
}

asyncio::Coroutine<> client(int port, Sides::Side* out)
{
    const auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", port);
    const std::string message = "client data";
    out->print("write:", repr(message));
    writer.write(message);
    co_await writer.drain();
    const std::string data = co_await reader.read();
    out->print("read:", repr(data));
}

}  // namespace

PROGRAM(tcp_server_client, 139, 163) { run_sides(&handle, &client); }

}  // namespace conformance
