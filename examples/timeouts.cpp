// Time limits: for one call, for a part of a task, with a deadline that moves - and what must not
// be stopped by one.

#include <asyncio/asyncio.hpp>

#include <chrono>
#include <cstdio>

using namespace std::chrono_literals;

asyncio::Coroutine<> work(const char* name, int ms)
{
    co_await asyncio::sleep_ms(ms);
    std::printf("%s done\n", name);
}

/// Each step gets 100 ms, however many there are.
asyncio::Coroutine<> steps(asyncio::Timeout limit)
{
    for (const int ms : {50, 80, 90, 300}) {
        co_await work("step", ms);
        limit.reschedule(100ms);
    }
}

asyncio::Coroutine<> main_task()
{
    co_await asyncio::timeout(0.2, work("quick", 100));

    try {
        co_await asyncio::timeout(100ms, work("slow", 10'000));
    } catch (const asyncio::TimeoutError& error) {
        std::printf("slow: %s\n", error.what());
    }

    const auto limit = asyncio::timeout(100ms);
    try {
        co_await limit.run(steps(limit));
    } catch (const asyncio::TimeoutError&) {
        std::puts("a step took too long");
    }

    auto saving = asyncio::create_task(work("saving", 150));
    try {
        co_await asyncio::timeout(50ms, asyncio::shield(saving));
    } catch (const asyncio::TimeoutError&) {
        std::puts("not saved yet");
    }
    co_await saving;
}

int main() { asyncio::run(main_task()); }
