// gather(): values in order, nothing to gather, exceptions returned or thrown, and a cancel at four
// different moments.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <vector>

namespace conformance {
namespace {

asyncio::Coroutine<int> factorial(std::string name, int number)
{
    int product = 1;
    for (int i = 2; i <= number; ++i) {
        print("Task " + name + ": Compute factorial(" + text(i) + ")...");
        co_await asyncio::sleep(0.01);
        product *= i;
    }
    print("Task " + name + ": factorial(" + text(number) + ") = " + text(product));
    co_return product;
}

asyncio::Coroutine<int> returns(int id, double seconds)
{
    print("start", id);
    co_await asyncio::sleep(seconds);
    print("end", id);
    co_return id;
}

asyncio::Coroutine<int> loops(int id)
{
    print("task_loop start", id);
    for (;;) {
        co_await asyncio::sleep(0.1);
        print("task_loop loop", id);
    }
}

asyncio::Coroutine<int> throws(int id, double seconds)
{
    print("task_raise start", id);
    co_await asyncio::sleep(seconds);
    print("task_raise raise", id);
    throw ValueError{text(id)};
    co_return id;
}

std::string show(const asyncio::Result<int>& result)
{
    return result.has_value() ? text(result.value()) : repr(result.exception());
}

void show_results(const std::tuple<asyncio::Result<int>, asyncio::Result<int>>& results)
{
    print("[" + show(std::get<0>(results)) + ", " + show(std::get<1>(results)) + "]");
}

asyncio::Coroutine<> gathers_coroutines()
{
    const auto [a, b, c] =
        co_await asyncio::gather(factorial("A", 2), factorial("B", 3), factorial("C", 4));
    print("[" + text(a) + ", " + text(b) + ", " + text(c) + "]");

    print("====");
    const std::tuple<> nothing = co_await asyncio::gather();
    print(std::tuple_size_v<decltype(nothing)> == 0 ? "[]" : "something");
}

asyncio::Coroutine<> returns_exceptions()
{
    print("====");
    asyncio::Task<int> first = asyncio::create_task(returns(1, 0.1));
    asyncio::Task<int> second = asyncio::create_task(returns(2, 0.1));
    first.cancel();
    const auto cancelled = co_await asyncio::gather(asyncio::return_exceptions, first, second);
    show_results(cancelled);

    print("====");
    first = asyncio::create_task(returns(1, 0.1));
    second = asyncio::create_task(throws(2, 0.1));
    const auto failed = co_await asyncio::gather(asyncio::return_exceptions, first, second);
    show_results(failed);
}

asyncio::Coroutine<> throws_the_first(asyncio::Task<int> first, asyncio::Task<int> second)
{
    print("====");
    try {
        co_await asyncio::gather(first, second);
    } catch (const ValueError&) {
        print(repr(std::current_exception()));
    }
    print(first.done(), second.done());
}

asyncio::Coroutine<> gather_task(double seconds)
{
    print("gather_task");
    co_await asyncio::gather(returns(1, seconds), returns(2, seconds));
    print("gather_task2");
}

asyncio::Coroutine<> cancels_gather()
{
    print("====");
    const asyncio::Task<> sleeping = asyncio::create_task(gather_task(0.1));
    co_await asyncio::sleep(0.05);
    sleeping.cancel();
    co_await asyncio::sleep(0.2);

    for (int turns = 1; turns < 4; ++turns) {
        print("====");
        const asyncio::Task<> task = asyncio::create_task(gather_task(0));
        co_await yield(turns);
        task.cancel();
        co_await asyncio::sleep(0.2);
    }
}

asyncio::Coroutine<> main_task()
{
    co_await gathers_coroutines();
    co_await returns_exceptions();

    const asyncio::Task<int> looping = asyncio::create_task(loops(1));
    const asyncio::Task<int> failing = asyncio::create_task(throws(2, 0.1));
    co_await throws_the_first(looping, failing);
    looping.cancel();
    failing.cancel();
    co_await asyncio::sleep(0.2);

    const asyncio::Task<int> fails = asyncio::create_task(throws(1, 0));
    const asyncio::Task<int> fails_too = asyncio::create_task(throws(2, 0));
    co_await throws_the_first(fails, fails_too);

    co_await cancels_gather();
}

}  // namespace

TIMED_PROGRAM(gather, 105, 107, 108, 110, 111) { asyncio::run(main_task()); }

}  // namespace conformance
