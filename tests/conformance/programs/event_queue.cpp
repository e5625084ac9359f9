// The loop stays alive when only the waiter of an Event is left; here another thread ends the
// wait, through a ThreadSafeFlag.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <thread>

namespace conformance {
namespace {

asyncio::Coroutine<> watchdog(asyncio::ThreadSafeFlag* flag, asyncio::Event* event)
{
    co_await flag->wait();
    print("asyncio still pending, unlocking event");
    event->set();
}

asyncio::Coroutine<> foo(asyncio::Event* event)
{
    print("foo waiting");
    co_await event->wait();
    print("foo done");
}

asyncio::Coroutine<> main_task(asyncio::ThreadSafeFlag* flag, asyncio::Event* event)
{
    print("main started");
    asyncio::create_task(watchdog(flag, event));
    co_await foo(event);
    print("main done");
}

}  // namespace

PROGRAM(event_queue, 17, 123)
{
    asyncio::Event event;
    asyncio::ThreadSafeFlag flag;
    std::thread other{[&flag] {
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
        flag.set();
    }};
    asyncio::run(main_task(&flag, &event));
    other.join();
}

}  // namespace conformance
