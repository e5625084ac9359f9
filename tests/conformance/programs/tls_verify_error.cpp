// A server whose certificate is for another name: the client refuses it before it says anything,
// and the server hears why.

#include "conformance/harness.hpp"
#include "conformance/sides.hpp"
#include "support/tls.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

/// "cannot start TLS with '127.0.0.1:49152': REASON": the port is another one each time.
std::string reason(const std::exception& error)
{
    const std::string text = error.what();
    return text.substr(text.find("': ") + 3);
}

asyncio::Coroutine<> client(int port, Sides::Side* out)
{
    const asyncio::SSLContext context = asyncio::test::client_context();
    try {
        co_await asyncio::open_connection("127.0.0.1", port, context, "foobar.com");
        out->print("connected");
    } catch (const asyncio::SSLCertVerificationError& error) {
        out->print(reason(error));
    }
    out->print("client done");
}

asyncio::Coroutine<> main_task(Sides* sides)
{
    asyncio::Event finished;
    asyncio::get_event_loop().set_exception_handler(
        [sides, &finished](asyncio::Loop&, const asyncio::ExceptionContext& context) {
            try {
                std::rethrow_exception(context.exception);
            } catch (const std::exception& error) {
                sides->server.print(reason(error));
            }
            finished.set();
        });
    const auto handler = [sides](asyncio::Stream, asyncio::Stream) {
        sides->server.print("handle connection");
    };
    const asyncio::SSLContext context = asyncio::test::server_context();
    const asyncio::Server server =
        co_await asyncio::start_server(handler, "127.0.0.1", 0, 5, context);
    sides->server.print("server running");
    co_await client(server.port(), &sides->client);
    co_await asyncio::wait_for(finished.wait(), 10);
    asyncio::get_event_loop().set_exception_handler({});
    sides->server.print("server done");
}

}  // namespace

PROGRAM(tls_verify_error, 138)
{
    Sides sides;
    asyncio::run(main_task(&sides));
    sides.show();
}

}  // namespace conformance
