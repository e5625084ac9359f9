// wait_for(): in time, too late, refused, failed, without limit, cancelled by others, and cancelled
// around the moment at which the awaited task ends.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <optional>

namespace conformance {
namespace {

const std::string line(10, '-');

asyncio::Coroutine<int> work(int id, double seconds)
{
    print("task start", id);
    co_await asyncio::sleep(seconds);
    print("task end", id);
    co_return id * 2;
}

asyncio::Coroutine<> refuses_to_stop()
{
    print("task_catch start");
    try {
        co_await asyncio::sleep(0.2);
    } catch (const asyncio::CancelledError&) {
        print("ignore cancel");
    }
    print("task_catch done");
}

asyncio::Coroutine<> fails()
{
    print("task start");
    throw ValueError{};
    co_return;
}

asyncio::Coroutine<> cancels_another(double seconds, asyncio::Task<int> other)
{
    print("task_cancel_other start");
    co_await asyncio::sleep(seconds);
    print("task_cancel_other cancel");
    other.cancel();
}

asyncio::Coroutine<> waits_with_limit(int id, double seconds, double limit)
{
    print("task_wait_for_cancel start");
    try {
        co_await asyncio::wait_for(work(id, seconds), limit);
    } catch (const asyncio::CancelledError&) {
        print("task_wait_for_cancel cancelled");
        throw;
    }
}

asyncio::Coroutine<> waits_for_one_who_refuses(double limit)
{
    print("task_wait_for_cancel_ignore start");
    try {
        co_await asyncio::wait_for(refuses_to_stop(), limit);
    } catch (const asyncio::CancelledError&) {
        print("task_wait_for_cancel_ignore cancelled");
        throw;
    }
}

asyncio::Coroutine<> ends_by_itself_or_by_the_limit()
{
    const int in_time = co_await asyncio::wait_for(work(1, 0.01), 10);
    print(in_time);
    print(line);
    try {
        co_await asyncio::wait_for(work(2, 10), 0.01);
    } catch (const asyncio::TimeoutError&) {
        print("timeout");
    }
    print(line);
    try {
        co_await asyncio::wait_for(refuses_to_stop(), 0.1);
        print("no error");
    } catch (const asyncio::TimeoutError&) {
        print("TimeoutError");
    }
    print(line);
    try {
        co_await asyncio::wait_for(fails(), 1);
    } catch (const ValueError&) {
        print("ValueError");
    }
    print(line);
    const int without_limit = co_await asyncio::wait_for(work(3, 0.1), std::nullopt);
    print(without_limit);
    print(line);
}

asyncio::Coroutine<> cancelled_by_others()
{
    const asyncio::Task<int> inner = asyncio::create_task(work(4, 10));
    asyncio::create_task(cancels_another(0.01, inner));
    try {
        co_await asyncio::wait_for(inner, 1);
    } catch (const asyncio::CancelledError&) {
        print(repr(std::current_exception()));
    }
    print(line);

    asyncio::Task<> outer = asyncio::create_task(waits_with_limit(4, 1, 2));
    co_await asyncio::sleep(0.01);
    outer.cancel();
    co_await asyncio::sleep(0.01);
    print(line);

    outer = asyncio::create_task(waits_for_one_who_refuses(2));
    co_await asyncio::sleep(0.01);
    outer.cancel();
    co_await asyncio::sleep(0.01);
    print(line);
}

/// In the last of the four turns it has ended already: there is no task between the two.
asyncio::Coroutine<> cancelled_around_the_end(int turns)
{
    const asyncio::Task<> outer = asyncio::create_task(waits_with_limit(4 + turns, 0, 2));
    co_await yield(turns);
    print("cancel wait_for");
    outer.cancel();
    try {
        co_await outer;
    } catch (const asyncio::CancelledError&) {
        print(repr(std::current_exception()));
    }
    print(line);
}

asyncio::Coroutine<> main_task()
{
    co_await ends_by_itself_or_by_the_limit();
    co_await cancelled_by_others();
    for (int turns = 1; turns < 5; ++turns) {
        co_await cancelled_around_the_end(turns);
    }
    print("finish");
}

}  // namespace

TIMED_PROGRAM(wait_for, 89, 90, 91, 93, 98, 99) { asyncio::run(main_task()); }

}  // namespace conformance
