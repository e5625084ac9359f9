// An answer over TLS from a server that is checked, line by line until it ends.

#include "conformance/harness.hpp"
#include "support/tls.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> answers(asyncio::Stream reader, asyncio::Stream writer)
{
    co_await reader.readuntil("\r\n\r\n");
    writer.write("HTTP/1.1 200 OK\r\n"
                 "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                 "Content-Length: 13\r\n"
                 "\r\n"
                 "<html></html>");
    writer.close();
}

asyncio::Coroutine<> http_get(std::string host, int port, asyncio::SSLContext context)
{
    const auto [reader, writer] = co_await asyncio::open_connection(host, port, context);

    print("write GET");
    writer.write("GET / HTTP/1.0\r\n\r\n");
    co_await writer.drain();

    print("read response");
    for (;;) {
        const std::string line = co_await reader.readline();
        if (line.find("GMT") == line.npos) {
            print("read:", repr(line));
        }
        if (line.empty()) {
            break;
        }
    }

    print("close");
    writer.close();
    co_await writer.wait_closed();
    print("done");
}

asyncio::Coroutine<> main_task()
{
    const asyncio::SSLContext ours = asyncio::test::server_context();
    const asyncio::Server server = co_await asyncio::start_server(answers, "localhost", 0, 5, ours);

    asyncio::SSLContext context{asyncio::PROTOCOL_TLS_CLIENT};
    context.verify_mode(asyncio::CERT_REQUIRED);
    const std::string authority =
        asyncio::test::text_of(asyncio::test::test_authority().certificate());
    context.load_verify_locations("", "", authority);
    co_await http_get("localhost", server.port(), context);
}

}  // namespace

PROGRAM(tls_open_connection_readline, 138) { asyncio::run(main_task()); }

}  // namespace conformance
