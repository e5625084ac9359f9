// Cancelling a task: before it starts, while it sleeps, again and again, when it is done, and
// through a task that awaits it.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> sleeper(double seconds, bool obedient)
{
    try {
        print("task start");
        co_await asyncio::sleep(seconds);
        print("task done");
    } catch (const asyncio::CancelledError&) {
        print("task cancel");
        if (obedient) {
            throw;
        }
    }
}

asyncio::Coroutine<> awaits_a_sleeper(bool obedient)
{
    print("task 2");
    const asyncio::Task<> inner = asyncio::create_task(sleeper(0.05, obedient));
    try {
        co_await inner;
    } catch (const asyncio::CancelledError&) {
        print("task 2 cancel");
        throw;
    }
    print("task 2 done");
}

asyncio::Coroutine<> cancel_through_another(bool obedient)
{
    print("----");
    const asyncio::Task<> outer = asyncio::create_task(awaits_a_sleeper(obedient));
    co_await asyncio::sleep(0.01);
    print("main cancel");
    outer.cancel();
    print("main sleep");
    co_await asyncio::sleep(0.1);
}

asyncio::Coroutine<> main_task()
{
    asyncio::Task<> task = asyncio::create_task(sleeper(2, true));
    print(task.cancel());

    task = asyncio::create_task(sleeper(2, true));
    co_await asyncio::sleep(0.01);
    print(task.cancel());
    print("main sleep");
    co_await asyncio::sleep(0.01);

    task = asyncio::create_task(sleeper(2, true));
    co_await asyncio::sleep(0.01);
    for (int i = 0; i < 4; ++i) {
        print(task.cancel());
    }
    print("main sleep");
    co_await asyncio::sleep(0.01);

    print("main wait");
    try {
        co_await task;
    } catch (const asyncio::CancelledError&) {
        print("main got CancelledError");
    }

    task = asyncio::create_task(sleeper(0.01, false));
    co_await asyncio::sleep(0.05);
    print(task.cancel());

    co_await cancel_through_another(true);
    co_await cancel_through_another(false);
}

}  // namespace

TIMED_PROGRAM(cancel_task, 59, 60, 63, 64, 66) { asyncio::run(main_task()); }

}  // namespace conformance
