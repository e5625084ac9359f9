#include "conformance/sides.hpp"

namespace conformance {
namespace {

asyncio::Coroutine<> run_both(Sides* sides, Handle* handle, Client* client, std::string host,
                              asyncio::detail::SSLOption ssl)
{
    asyncio::Event finished;
    const auto handler = [sides, handle, &finished](asyncio::Stream reader,
                                                    asyncio::Stream writer) {
        return handle(std::move(reader), std::move(writer), &sides->server, &finished);
    };
    const asyncio::Server server = co_await asyncio::start_server(handler, host, 0, 5, ssl);
    sides->server.print("server running");
    co_await client(server.port(), &sides->client);
    co_await asyncio::wait_for(finished.wait(), 10);
}

}  // namespace

void run_sides(Handle* handle, Client* client, const std::string& host,
               const asyncio::detail::SSLOption& ssl)
{
    Sides sides;
    asyncio::run(run_both(&sides, handle, client, host, ssl));
    sides.show();
}

asyncio::Coroutine<> close_and_tell(asyncio::Stream writer, Sides::Side* out,
                                    asyncio::Event* finished)
{
    out->print("close");
    writer.close();
    co_await writer.wait_closed();
    out->print("done");
    finished->set();
}

}  // namespace conformance
