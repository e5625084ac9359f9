// Awaiting tasks that run, have ended, have ended long ago, or have failed.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

namespace conformance {
namespace {

asyncio::Coroutine<> says(int id)
{
    print("task", id);
    co_return;
}

asyncio::Coroutine<> says_later(double seconds, std::string what)
{
    co_await asyncio::sleep(seconds);
    print(what);
}

asyncio::Coroutine<> fails()
{
    print("task_raise");
    throw ValueError{};
    co_return;
}

std::int64_t to_hundreds(std::int64_t ms) { return (ms + 50) / 100 * 100; }

asyncio::Coroutine<> await_ended_tasks()
{
    print("start");
    asyncio::Task<> task = asyncio::create_task(says(1));
    co_await task;
    task = asyncio::create_task(says(2));
    co_await asyncio::sleep(0.001);
    co_await task;
    co_await task;
}

asyncio::Coroutine<> await_running_tasks()
{
    print("----");
    const asyncio::Task<> hello = asyncio::create_task(says_later(0.2, "hello"));
    const asyncio::Task<> world = asyncio::create_task(says_later(0.4, "world"));
    print("start");
    const auto start = now();
    co_await hello;
    const auto half_time = now();
    const std::int64_t first = ms_since(start);
    co_await world;
    print("took", to_hundreds(first), to_hundreds(ms_since(half_time)));
}

asyncio::Coroutine<> await_failed_task(int turns_before)
{
    const asyncio::Task<> task = asyncio::create_task(fails());
    co_await yield(turns_before);
    try {
        co_await task;
    } catch (const ValueError&) {
        print("ValueError");
    }
}

asyncio::Coroutine<> main_task()
{
    co_await await_ended_tasks();
    co_await await_running_tasks();
    co_await await_failed_task(0);
    asyncio::get_event_loop().set_exception_handler(
        [](asyncio::Loop&, const asyncio::ExceptionContext&) {});
    co_await await_failed_task(5);
}

}  // namespace

TIMED_PROGRAM(wait_task, 46, 47, 76) { asyncio::run(main_task()); }

}  // namespace conformance
