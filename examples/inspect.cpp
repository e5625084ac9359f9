// Looks into a running program: what every task waits for, where, and for how long. It asks three
// times: in the program, by a signal as `kill -USR1 PID` sends it, and as data.

#include <asyncio/asyncio.hpp>

#include <csignal>
#include <cstdio>

asyncio::Coroutine<int> next_order(asyncio::Queue<int>& orders) { co_return co_await orders.get(); }

asyncio::Coroutine<> kitchen(asyncio::Queue<int>& orders)
{
    while (true) {
        const int order = co_await next_order(orders);
        std::printf("order %d is ready\n", order);
    }
}

asyncio::Coroutine<> clock_task()
{
    while (true) {
        co_await asyncio::sleep(60.0);
    }
}

asyncio::Coroutine<> main_task()
{
    asyncio::Queue<int> orders;
    auto cook = asyncio::create_task(kitchen(orders), "cook");
    auto clock = asyncio::create_task(clock_task(), "clock");
    co_await asyncio::sleep_ms(50);

    asyncio::Loop& loop = asyncio::get_event_loop();
    loop.dump_tasks();

    const asyncio::debug::DumpOnSignal on_signal{SIGUSR1};
    std::raise(SIGUSR1);
    co_await asyncio::sleep_ms(50);

    for (const asyncio::debug::TaskInfo& info : asyncio::debug::tasks(loop)) {
        std::printf("%s: %s\n", info.name.c_str(), info.awaited.c_str());
    }
    cook.cancel();
    clock.cancel();
    co_await asyncio::sleep_ms(0);
}

int main()
{
    // The reports go to stderr unless the program wants them elsewhere.
    asyncio::debug::set_reporter([](std::string_view report) noexcept {
        std::printf("%.*s\n\n", static_cast<int>(report.size()), report.data());
    });
    asyncio::run(main_task());
}
