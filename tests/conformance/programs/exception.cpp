// What main throws, or lets through from a task it awaits, leaves run(); a task created just
// before that does not start.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> main_throws()
{
    print("main start");
    throw ValueError{"1"};
    co_return;
}

asyncio::Coroutine<> task_throws()
{
    print("task start");
    throw ValueError{"2"};
    co_return;
}

asyncio::Coroutine<> main_awaits_it()
{
    print("main start");
    const asyncio::Task<> task = asyncio::create_task(task_throws());
    co_await task;
    print("main done");
}

asyncio::Coroutine<> never_starts()
{
    print("task started");
    co_return;
}

asyncio::Coroutine<> main_creates_a_task()
{
    print("main start");
    asyncio::create_task(never_starts());
    throw ValueError{"3"};
    co_return;
}

void show(asyncio::Coroutine<> main)
{
    try {
        asyncio::run(std::move(main));
    } catch (const ValueError& error) {
        print("ValueError", error.what());
    }
}

}  // namespace

PROGRAM(exception, 9, 11, 13)
{
    show(main_throws());
    show(main_awaits_it());
    show(main_creates_a_task());
}

}  // namespace conformance
