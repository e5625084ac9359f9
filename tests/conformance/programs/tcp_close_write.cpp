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
    co_await close_and_tell(writer, out, finished);
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

}  // namespace

PROGRAM(tcp_close_write, 139, 160) { run_sides(&handle, &client); }

}  // namespace conformance
