// A server at a Unix socket that only this user may use, and that knows who its clients are.

#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <iostream>
#include <string>
#include <unistd.h>

/// Sends every line back.
asyncio::Coroutine<> echo(asyncio::StreamReader reader, asyncio::StreamWriter writer)
{
    const auto peer = writer.peer_cred();
    if (!peer || peer->uid != ::geteuid()) {
        writer.write("who are you?\n");
        co_return;
    }
    std::cout << "process " << peer->pid << " has connected" << std::endl;
    auto lines = asyncio::lines(reader);
    auto line = co_await lines.next();
    while (line) {
        writer.write(*line);
        co_await writer.drain();
        line = co_await lines.next();
    }
}

asyncio::Coroutine<> talk(std::string path)
{
    auto [reader, writer] = co_await asyncio::open_unix_connection(path);
    writer.writelines({"hello\n", "board\n"});
    writer.write_eof();
    const std::string answer = co_await reader.read();
    std::cout << answer;
}

asyncio::Coroutine<> main_task(std::string path)
{
    asyncio::ServerOptions options;
    options.mode = 0600;
    asyncio::Server server = co_await asyncio::start_unix_server(echo, path, options);
    co_await talk(path);
    co_await server.shutdown(1.0);
}

int main()
{
    try {
        asyncio::run(main_task("/tmp/unix_echo." + std::to_string(::getpid())));
    } catch (const std::exception& error) {
        std::cerr << "unix_echo: " << error.what() << "\n";
        return 1;
    }
}
