// A client that resets the connection: the server gets what came before, then the error.

#include "conformance/harness.hpp"
#include "conformance/sides.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> handle(asyncio::Stream reader, asyncio::Stream writer, Sides::Side* out,
                            asyncio::Event* finished)
{
    const std::string data = co_await reader.readexactly(10);
    out->print(repr(data));
    co_await asyncio::sleep(0.2);
    try {
        for (;;) {
            const std::string rest = co_await reader.read(100);
            if (rest.empty()) {
                break;
            }
        }
        writer.close();
    } catch (const asyncio::OSError& error) {
        out->print("OSError", error.code().value());
    }
    finished->set();
}

asyncio::Coroutine<> client(int port, Sides::Side*)
{
    const auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", port);
    writer.write("GET / HTTP/1.0\r\n\r\n");
    co_await asyncio::sleep(0.1);
    writer.abort();
}

}  // namespace

PROGRAM(tcp_client_rst, 162) { run_sides(&handle, &client); }

}  // namespace conformance
