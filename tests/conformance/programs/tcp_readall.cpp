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
    co_await close_and_tell(writer, out, finished);
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

}  // namespace

PROGRAM(tcp_readall, 139, 140) { run_sides(&handle, &client); }

}  // namespace conformance
