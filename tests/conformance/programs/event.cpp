// Event: set, clear, the order of waking, and cancels just before and just after set().

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <optional>

namespace conformance {
namespace {

asyncio::Coroutine<> waiter(int id, asyncio::Event* event)
{
    print("start", id);
    const bool result = co_await event->wait();
    print(result);
    print("end", id);
}

asyncio::Coroutine<> set_later(double seconds, asyncio::Event* event)
{
    co_await asyncio::sleep(seconds);
    print("set event");
    event->set();
}

asyncio::Coroutine<> set_wakes_waiters(asyncio::Event* event)
{
    print("----");
    asyncio::create_task(waiter(1, event));
    asyncio::create_task(waiter(2, event));
    print("yield");
    co_await asyncio::sleep(0);
    print("set event");
    event->set();
    print("yield");
    co_await asyncio::sleep(0);

    print("----");
    asyncio::create_task(waiter(3, event));
    print("yield");
    co_await asyncio::sleep(0);

    print("----");
    print("clear event");
    event->clear();
    asyncio::create_task(waiter(4, event));
    co_await asyncio::sleep(0);
    print("set event");
    event->set();
    co_await asyncio::sleep(0);
}

asyncio::Coroutine<> cancel_around_set(int id, bool set_first)
{
    print("----");
    asyncio::Event event;
    const asyncio::Task<> task = asyncio::create_task(waiter(id, &event));
    co_await asyncio::sleep(0);
    if (set_first) {
        event.set();
    }
    task.cancel();
    event.set();
    co_await asyncio::sleep(0.1);
}

asyncio::Coroutine<> main_task()
{
    asyncio::Event event;
    print(event.is_set());
    event.set();
    print(event.is_set());
    event.clear();
    print(event.is_set());

    co_await set_wakes_waiters(&event);
    co_await cancel_around_set(5, true);
    co_await cancel_around_set(6, false);

    print("----");
    event.clear();
    asyncio::create_task(set_later(0.01, &event));
    co_await asyncio::wait_for(event.wait(), 0.1);
    co_await asyncio::sleep(0);

    print("----");
    event.clear();
    asyncio::create_task(set_later(0.1, &event));
    try {
        co_await asyncio::wait_for(event.wait(), 0.01);
    } catch (const asyncio::TimeoutError&) {
        print("TimeoutError");
    }
    co_await event.wait();
}

}  // namespace

TIMED_PROGRAM(event, 62, 70, 102, 118, 119, 121) { asyncio::run(main_task()); }

}  // namespace conformance
