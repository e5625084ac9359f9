#include "conformance/connected.hpp"

#include <asyncio/event.hpp>
#include <asyncio/server.hpp>

namespace conformance {

asyncio::Coroutine<std::pair<asyncio::Stream, asyncio::Stream>> connected_streams()
{
    asyncio::Stream far;
    asyncio::Event accepted;
    const auto accept = [&far, &accepted](asyncio::Stream stream, asyncio::Stream) {
        far = std::move(stream);
        accepted.set();
    };
    const asyncio::Server server = co_await asyncio::start_server(accept, "127.0.0.1", 0);
    const auto [near, same] = co_await asyncio::open_connection("127.0.0.1", server.port());
    co_await accepted.wait();
    co_return std::pair{near, far};
}

}  // namespace conformance
