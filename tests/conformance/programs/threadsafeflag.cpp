// A ThreadSafeFlag that is set by a task, by another thread, before the wait, and cleared.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <thread>

namespace conformance {
namespace {

asyncio::Coroutine<> waiter(int id, asyncio::ThreadSafeFlag* flag)
{
    print("task", id);
    co_await flag->wait();
    print("task", id, "done");
}

void set_from_another_thread(asyncio::ThreadSafeFlag* flag)
{
    std::thread{[flag] { flag->set(); }}.join();
}

asyncio::Coroutine<> set_while_it_waits(int id, asyncio::ThreadSafeFlag* flag,
                                        void (*set)(asyncio::ThreadSafeFlag*))
{
    const asyncio::Task<> task = asyncio::create_task(waiter(id, flag));
    print("yield");
    co_await asyncio::sleep(0);
    print("set event");
    set(flag);
    print("yield");
    co_await asyncio::sleep(0);
    print("wait task");
    co_await task;
}

void set_here(asyncio::ThreadSafeFlag* flag) { flag->set(); }

asyncio::Coroutine<> main_task()
{
    asyncio::ThreadSafeFlag flag;
    co_await set_while_it_waits(1, &flag, set_here);

    print("----");
    co_await set_while_it_waits(2, &flag, set_from_another_thread);

    print("----");
    print("set event");
    flag.set();
    const asyncio::Task<> task = asyncio::create_task(waiter(3, &flag));
    print("yield");
    co_await asyncio::sleep(0);
    print("wait task");
    co_await task;

    print("----");
    print("set event");
    flag.set();
    print("yield");
    co_await asyncio::sleep(0);
    print("clear event");
    flag.clear();
    print("yield");
    co_await asyncio::sleep(0);
    co_await set_while_it_waits(4, &flag, set_here);
}

}  // namespace

PROGRAM(threadsafeflag, 124, 125) { asyncio::run(main_task()); }

}  // namespace conformance
