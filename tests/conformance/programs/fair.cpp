// Tasks that only yield do not disturb those that sleep.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> worker(int id, double seconds)
{
    print("task start", id);
    for (;;) {
        print("task work", id);
        co_await asyncio::sleep(seconds);
    }
}

/// Only yields. The virtual clock stands still while somebody is ready, so there it is a
/// millisecond that passes in each turn.
asyncio::Coroutine<> spinner(int id)
{
    print("task start", id);
    const double seconds = virtual_loop() != nullptr ? 0.001 : -0.01;
    for (;;) {
        co_await asyncio::sleep(seconds);
    }
}

asyncio::Coroutine<> main_task()
{
    const asyncio::Task<> first = asyncio::create_task(spinner(1));
    const asyncio::Task<> second = asyncio::create_task(worker(2, 0.1));
    const asyncio::Task<> third = asyncio::create_task(worker(3, 0.18));
    const asyncio::Task<> fourth = asyncio::create_task(spinner(4));
    co_await asyncio::sleep(0.45);
    first.cancel();
    second.cancel();
    third.cancel();
    fourth.cancel();
    print("finish");
}

}  // namespace

TIMED_PROGRAM(fair, 23, 33) { asyncio::run(main_task()); }

}  // namespace conformance
