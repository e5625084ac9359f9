// A UDP server that sends every datagram back, and a client that asks again when one is lost.

#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <iostream>
#include <string>

asyncio::Coroutine<> echo(asyncio::DatagramSocket socket)
{
    for (;;) {
        const asyncio::Datagram datagram = co_await socket.receive_from();
        co_await socket.send_to(datagram.data, datagram.address);
    }
}

/// The answer to a question: UDP promises nothing, so it is asked three times at most.
asyncio::Coroutine<std::string> ask(asyncio::DatagramSocket socket, std::string question)
{
    for (int attempt = 1;; ++attempt) {
        co_await socket.send(question);
        try {
            const asyncio::Datagram answer = co_await asyncio::wait_for(socket.receive_from(), 0.5);
            co_return answer.data;
        } catch (const asyncio::TimeoutError&) {
            if (attempt == 3) {
                throw;
            }
        }
    }
}

asyncio::Coroutine<> main_task()
{
    asyncio::DatagramOptions here;
    here.local_addr.emplace("127.0.0.1", 0);
    const asyncio::DatagramSocket server = co_await asyncio::open_datagram(here);
    const auto serving = asyncio::create_task(echo(server));

    asyncio::DatagramOptions there;
    there.remote_addr.emplace("127.0.0.1", server.port());
    const asyncio::DatagramSocket client = co_await asyncio::open_datagram(there);
    for (const char* question : {"hello", "board"}) {
        const std::string answer = co_await ask(client, question);
        std::cout << answer << std::endl;
    }
    serving.cancel();
}

int main()
{
    try {
        asyncio::run(main_task());
    } catch (const std::exception& error) {
        std::cerr << "udp_echo: " << error.what() << "\n";
        return 1;
    }
}
