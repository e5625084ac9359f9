// done() is false until the task has returned or failed.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> work(double seconds, bool fails)
{
    print("task start");
    if (seconds >= 0) {
        co_await asyncio::sleep(seconds);
    }
    if (fails) {
        throw ValueError{};
    }
    print("task done");
}

asyncio::Coroutine<> watch(double seconds, bool fails)
{
    print("==========");
    const asyncio::Task<> task = asyncio::create_task(work(seconds, fails));
    print(task.done());
    co_await asyncio::sleep(0);
    print(task.done());
    try {
        co_await task;
    } catch (const ValueError&) {
        print(repr(std::current_exception()));
    }
    print(task.done());
}

asyncio::Coroutine<> main_task()
{
    co_await watch(-1, false);
    co_await watch(0.01, false);
    co_await watch(-1, true);
    co_await watch(0.01, true);
}

}  // namespace

PROGRAM(task_done, 45, 46) { asyncio::run(main_task()); }

}  // namespace conformance
