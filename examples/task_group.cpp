// Tasks that belong together: all run until they are done; if one fails, the others are stopped,
// and every failure is told.

#include <asyncio/asyncio.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>

asyncio::Coroutine<> water(std::string plant, int ms)
{
    try {
        co_await asyncio::sleep_ms(ms);
        std::printf("%s has water\n", plant.c_str());
    } catch (const asyncio::CancelledError&) {
        std::printf("%s: stopped, valve closed\n", plant.c_str());
        throw;
    }
}

asyncio::Coroutine<> dry_well(int ms)
{
    co_await asyncio::sleep_ms(ms);
    throw std::runtime_error{"the well is dry"};
}

asyncio::Coroutine<> good_day(asyncio::TaskGroup group)
{
    group.create_task(water("tomato", 100));
    group.create_task(water("basil", 50));
    co_return;  // task_group() waits for both.
}

asyncio::Coroutine<> bad_day(asyncio::TaskGroup group)
{
    group.create_task(water("tomato", 200));
    group.create_task(dry_well(100));
    co_await water("basil", 50);
}

asyncio::Coroutine<> main_task()
{
    co_await asyncio::task_group(good_day);
    std::puts("all plants have water");
    try {
        co_await asyncio::task_group(bad_day);
    } catch (const asyncio::ExceptionGroup& group) {
        std::printf("%zu failed: %s\n", group.exceptions().size(), group.what());
    }
}

int main() { asyncio::run(main_task()); }
