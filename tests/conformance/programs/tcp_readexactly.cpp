// readexactly() waits for all bytes, and says so when they do not come.

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
    for (const char* byte : {"b", "c", "d"}) {
        writer.write(byte);
        co_await writer.drain();
    }
    co_await close_and_tell(writer, out, finished);
}

asyncio::Coroutine<> client(int port, Sides::Side* out)
{
    const auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", port);
    for (const int count : {2, 0, 1}) {
        const std::string data = co_await reader.readexactly(count);
        out->print(repr(data));
    }
    try {
        co_await reader.readexactly(2);
    } catch (const asyncio::EOFError&) {
        out->print("EOFError");
    }
    const std::string nothing = co_await reader.readexactly(0);
    out->print(repr(nothing));
}

}  // namespace

PROGRAM(tcp_readexactly, 142) { run_sides(&handle, &client); }

}  // namespace conformance
