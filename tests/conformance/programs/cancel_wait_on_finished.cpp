// A cancel that comes in the turn in which the awaited task ended is not lost.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> sleep_task()
{
    print("sleep_task sleep");
    co_await asyncio::sleep(0);
    print("sleep_task wake");
}

asyncio::Coroutine<> wait_task(asyncio::Task<> awaited)
{
    print("wait_task wait");
    co_await awaited;
    print("wait_task wake");
}

asyncio::Coroutine<> main_task()
{
    const asyncio::Task<> awaited = asyncio::create_task(sleep_task());
    const asyncio::Task<> waiting = asyncio::create_task(wait_task(awaited));

    print("main sleep");
    co_await asyncio::sleep(0);
    print("main sleep");
    co_await asyncio::sleep(0);

    waiting.cancel();
    print("main wait");
    try {
        co_await waiting;
    } catch (const asyncio::CancelledError&) {
        print(repr(std::current_exception()));
    }
}

}  // namespace

PROGRAM(cancel_wait_on_finished, 69) { asyncio::run(main_task()); }

}  // namespace conformance
