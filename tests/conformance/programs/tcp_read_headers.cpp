// The headers of an answer, line by line.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> answers(asyncio::Stream reader, asyncio::Stream writer)
{
    co_await reader.readuntil("\r\n\r\n");
    writer.write("HTTP/1.1 200 OK\r\n"
                 "Server: board\r\n"
                 "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                 "Content-Type: text/html\r\n"
                 "Content-Length: 54\r\n"
                 "Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                 "Connection: close\r\n"
                 "Vary: Accept-Encoding\r\n"
                 "ETag: \"54306c85-36\"\r\n"
                 "Strict-Transport-Security: max-age=15768000\r\n"
                 "Accept-Ranges: bytes\r\n"
                 "\r\n"
                 "<html></html>");
    writer.close();
}

std::string strip(std::string line)
{
    line.erase(line.find_last_not_of("\r\n") + 1);
    return line;
}

bool changes_every_time(const std::string& line)
{
    return line.find("Date") != std::string::npos || line.find("Modified") != std::string::npos ||
           line.find("Server") != std::string::npos;
}

asyncio::Coroutine<> print_headers(asyncio::Stream reader)
{
    for (;;) {
        const std::string raw = co_await reader.readline();
        const std::string line = strip(raw);
        if (line.empty()) {
            break;
        }
        if (!changes_every_time(line)) {
            print(repr(line));
        }
    }
}

asyncio::Coroutine<> main_task()
{
    const asyncio::Server server = co_await asyncio::start_server(answers, "127.0.0.1", 0);
    const auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", server.port());
    print("write GET");
    writer.write("GET / HTTP/1.0\r\n\r\n");
    co_await writer.drain();
    co_await print_headers(reader);
    print("close");
    writer.close();
    co_await writer.wait_closed();
    print("done");
}

}  // namespace

PROGRAM(tcp_read_headers, 144, 145) { asyncio::run(main_task()); }

}  // namespace conformance
