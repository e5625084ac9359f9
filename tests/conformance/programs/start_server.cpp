// Starting servers: an address in use, leaving the scope, closing, and a cancel at five moments.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<asyncio::Server> start(int port)
{
    return asyncio::start_server(nullptr, "0.0.0.0", port);
}

asyncio::Coroutine<> fails_in_the_scope(int port)
{
    const asyncio::Server server = co_await start(port);
    throw ValueError{};
}

asyncio::Coroutine<> serves(int id, int port)
{
    print("create task server", id);
    const asyncio::Server server = co_await start(port);
    co_await server.wait_closed();
    print("task finished");
}

asyncio::Coroutine<> cancelled_after(int turns, int port)
{
    print("sleep", turns);
    const asyncio::Task<> task = asyncio::create_task(serves(turns, port));
    co_await yield(turns);
    task.cancel();
    try {
        co_await task;
    } catch (const asyncio::CancelledError&) {
        print("CancelledError");
    }
}

asyncio::Coroutine<int> two_servers_at_one_port()
{
    print("create server1");
    const asyncio::Server first = co_await start(0);
    const int port = first.port();
    try {
        print("create server2");
        (void)co_await start(port);
    } catch (const asyncio::OSError&) {
        print("OSError");
    }
    print("sleep");
    co_await asyncio::sleep(0);
    co_return port;
}

asyncio::Coroutine<> main_task()
{
    const int port = co_await two_servers_at_one_port();

    print("create server3");
    try {
        co_await fails_in_the_scope(port);
    } catch (const ValueError&) {
        print("OSError");
    }

    print("create server4");
    asyncio::Server server = co_await start(port);
    server.close();
    co_await server.wait_closed();
    print("server4 closed");

    for (int turns = 0; turns < 5; ++turns) {
        co_await cancelled_after(turns, port);
    }
    print("done");
}

}  // namespace

PROGRAM(start_server, 168, 174, 176, 177, 178, 179) { asyncio::run(main_task()); }

}  // namespace conformance
