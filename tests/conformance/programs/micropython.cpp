// sleep_ms() and wait_for_ms(), which CPython lacks; a sleep that never ends in practice.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <limits>

namespace conformance {
namespace {

asyncio::Coroutine<int> work(int id, int ms)
{
    print("task start", id);
    co_await asyncio::sleep_ms(ms);
    print("task end", id);
    co_return id * 2;
}

asyncio::Coroutine<> main_task()
{
    const auto start = now();
    co_await asyncio::sleep_ms(1);
    print(ms_since(start) < 100);

    const asyncio::Task<int> eternal =
        asyncio::create_task(work(0, std::numeric_limits<int>::max()));
    try {
        co_await asyncio::wait_for_ms(asyncio::sleep_ms(std::numeric_limits<std::int64_t>::max()),
                                      10);
    } catch (const asyncio::TimeoutError&) {
        print("no overflow");
    }
    print(eternal.cancel());

    const int doubled = co_await asyncio::wait_for_ms(work(1, 5), 50);
    print(doubled);
    try {
        const int never = co_await asyncio::wait_for_ms(work(2, 50), 5);
        print(never);
    } catch (const asyncio::TimeoutError&) {
        print("timeout");
    }
    print("finish");
}

}  // namespace

TIMED_PROGRAM(micropython, 30, 34, 104) { asyncio::run(main_task()); }

}  // namespace conformance
