/// An echo server: sends every line back. Try it with `nc 127.0.0.1 8007`.
///
/// usage: echo_server [PORT]   (default 8007; 0: any free port)

#include <asyncio/asyncio.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

asyncio::Coroutine<> echo(asyncio::StreamReader reader, asyncio::StreamWriter writer)
{
    for (;;) {
        std::string line = co_await reader.readline();
        if (line.empty()) {
            break;  // The peer has closed.
        }
        writer.write(line);
        co_await writer.drain();
    }
    writer.close();
    co_await writer.wait_closed();
}

asyncio::Coroutine<> serve(int port)
{
    asyncio::Server server = co_await asyncio::start_server(echo, "127.0.0.1", port);
    std::cout << "echo server on 127.0.0.1:" << server.port() << std::endl;
    co_await server.serve_forever();
}

int main(int argc, char** argv)
{
    try {
        asyncio::run(serve(argc > 1 ? std::atoi(argv[1]) : 8007));
    } catch (const std::exception& error) {
        std::cerr << "echo_server: " << error.what() << "\n";
        return 1;
    }
}
