// One loop for each core, all serving one port: the kernel shares the connections out.

#include <asyncio/asyncio.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <deque>
#include <latch>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// What belongs to one core.
class Core {
public:
    Core() = default;

    std::atomic<int> served = 0;
    asyncio::ThreadSafeFlag done;
};

asyncio::ServerOptions options()
{
    asyncio::ServerOptions options;
    options.reuse_port = true;
    options.backlog = 128;
    return options;
}

asyncio::Coroutine<> serve(int port, Core& core, std::latch& ready)
{
    const auto answer = [&core](const asyncio::Stream&, const asyncio::Stream& writer) {
        writer.write("core " + std::to_string(++core.served));
    };
    asyncio::Server server = co_await asyncio::start_server(answer, "127.0.0.1", port, options());
    ready.count_down();
    co_await core.done.wait();
    co_await server.shutdown(1.0);
}

asyncio::Coroutine<> ask(int port, int times)
{
    for (int i = 0; i < times; ++i) {
        auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", port);
        const std::string answer = co_await reader.read();
    }
}

asyncio::Coroutine<> clients(int port)
{
    std::vector<asyncio::Task<>> tasks;
    for (int i = 0; i < 10; ++i) {
        tasks.push_back(asyncio::create_task(ask(port, 40)));
    }
    co_await asyncio::gather(std::move(tasks));
}

int main()
{
    // Its port is free for us from now on: only servers that want to share it can have it too.
    asyncio::Server first = asyncio::run(asyncio::start_server(nullptr, "127.0.0.1", 0, options()));
    const int port = first.port();

    const unsigned count = std::max(2U, std::thread::hardware_concurrency());
    std::deque<Core> cores(count);
    std::latch ready{count};
    std::vector<std::thread> threads;
    for (Core& core : cores) {
        threads.emplace_back([&] { asyncio::run(serve(port, core, ready)); });
    }
    ready.wait();
    first.close();

    asyncio::run(clients(port));

    int all = 0;
    for (unsigned i = 0; i < count; ++i) {
        cores[i].done.set();
        threads[i].join();
        std::printf("core %u served %d connections\n", i, cores[i].served.load());
        all += cores[i].served;
    }
    std::printf("all of them: %d\n", all);
}
