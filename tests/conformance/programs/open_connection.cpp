// A request and the first line of the answer.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> answers(asyncio::Stream reader, asyncio::Stream writer)
{
    co_await reader.readuntil("\r\n\r\n");
    writer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html></html>");
    writer.close();
}

asyncio::Coroutine<> main_task()
{
    const asyncio::Server server = co_await asyncio::start_server(answers, "127.0.0.1", 0);
    const auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", server.port());

    print("write GET");
    writer.write("GET / HTTP/1.0\r\n\r\n");
    co_await writer.drain();

    print("read response");
    const std::string data = co_await reader.read();
    print("read:", repr(std::string_view{data}.substr(0, data.find("\r\n"))));

    print("close");
    writer.close();
    co_await writer.wait_closed();
    print("done");
}

}  // namespace

PROGRAM(open_connection, 140, 148) { asyncio::run(main_task()); }

}  // namespace conformance
