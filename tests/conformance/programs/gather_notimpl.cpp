// A task may be gathered and awaited at the same time, which MicroPython does not do.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<int> work(int id)
{
    print("task start", id);
    co_await asyncio::sleep(0.01);
    print("task end", id);
    co_return id;
}

asyncio::Coroutine<> gathers(asyncio::Task<int> first, asyncio::Task<int> second)
{
    print("gather_task start");
    co_await asyncio::gather(first, second);
    print("gather_task end");
}

asyncio::Coroutine<> main_task()
{
    asyncio::Task<int> first = asyncio::create_task(work(1));
    asyncio::Task<int> second = asyncio::create_task(work(2));
    asyncio::Task<> gathering = asyncio::create_task(gathers(first, second));
    co_await asyncio::sleep(0);  // The gather has started.
    const int awaited_too = co_await first;
    print("awaited", awaited_too);
    co_await gathering;

    print("====");
    first = asyncio::create_task(work(1));
    second = asyncio::create_task(work(2));
    gathering = asyncio::create_task(gathers(first, second));
    co_await first;  // Before the gather has started.
    co_await second;
    co_await gathering;
}

}  // namespace

PROGRAM(gather_notimpl, 51, 113) { asyncio::run(main_task()); }

}  // namespace conformance
