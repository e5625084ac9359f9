// A coroutine and a task give their value to whoever awaits them.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<int> answer() { co_return 42; }

asyncio::Coroutine<> main_task()
{
    const int direct = co_await answer();
    print(direct);

    const asyncio::Task<int> task = asyncio::create_task(answer());
    const int from_task = co_await task;
    print(from_task);
}

}  // namespace

PROGRAM(await_return, 7, 25, 46) { asyncio::run(main_task()); }

}  // namespace conformance
