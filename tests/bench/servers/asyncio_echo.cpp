// Our echo server, as a user writes it.

#include "listen.h"

#include <asyncio/asyncio.hpp>

#include <string>
#include <utility>

asyncio::Coroutine<> echo(asyncio::StreamReader reader, asyncio::StreamWriter writer)
{
    for (;;) {
        std::string bytes = co_await reader.read(READ_SIZE);
        if (bytes.empty()) {
            break;
        }
        writer.write(std::move(bytes));
        co_await writer.drain();
    }
    writer.close();
    co_await writer.wait_closed();
}

asyncio::Coroutine<> serve(int port)
{
    asyncio::Server server = co_await asyncio::start_server(echo, "127.0.0.1", port, BACKLOG);
    co_await server.serve_forever();
}

int main(int argc, char** argv)
{
    const int port = port_argument(argc, argv);
    raise_descriptor_limit();
    asyncio::run(serve(port));
}
