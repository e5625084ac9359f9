// Rows 89 to 104: wait_for().

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

namespace conformance {
namespace {

asyncio::Coroutine<int> answer() { co_return 42; }

asyncio::Coroutine<int> answers_after(std::int64_t ms)
{
    co_await asyncio::sleep_ms(ms);
    co_return 42;
}

asyncio::Coroutine<> fails_when_cancelled()
{
    try {
        co_await asyncio::sleep(10);
    } catch (const asyncio::CancelledError&) {
    }
    throw ValueError{"1"};
}

asyncio::Coroutine<> cleans_up_for(std::int64_t ms, Trace* trace)
{
    try {
        co_await asyncio::sleep(10);
    } catch (const asyncio::CancelledError&) {
        trace->add("cleanup begins");
    }
    co_await asyncio::sleep_ms(ms);
    trace->add("cleanup ends");
}

asyncio::Coroutine<std::string> outcome_of(asyncio::Coroutine<> coroutine, std::int64_t limit_ms)
{
    std::string outcome = "returned";
    try {
        co_await asyncio::wait_for_ms(std::move(coroutine), limit_ms);
    } catch (const asyncio::TimeoutError&) {
        outcome = "TimeoutError";
    } catch (const ValueError&) {
        outcome = "ValueError";
    }
    co_return outcome;
}

asyncio::Coroutine<> wait_for_with_no_time()
{
    for (const double limit : {0.0, -1.0}) {
        const int value = co_await asyncio::wait_for(answer(), limit);
        EXPECT_EQ(value, 42);
        bool timed_out = false;
        try {
            co_await asyncio::wait_for(answers_after(1), limit);
        } catch (const asyncio::TimeoutError&) {
            timed_out = true;
        }
        EXPECT_TRUE(timed_out);

        const asyncio::Task<int> finished = asyncio::create_task(answer());
        co_await finished;
        const int again = co_await asyncio::wait_for(finished, limit);
        EXPECT_EQ(again, 42);
    }
}

asyncio::Coroutine<> waits(Trace* trace, std::int64_t cleanup_ms)
{
    try {
        co_await asyncio::wait_for_ms(cleans_up_for(cleanup_ms, trace), 1);
    } catch (const asyncio::TimeoutError&) {
        trace->add("TimeoutError");
    } catch (const asyncio::CancelledError&) {
        trace->add("CancelledError");
        throw;
    }
}

asyncio::Coroutine<> cancelled_during_slow_cleanup(Trace* trace)
{
    const asyncio::Task<> waiting = asyncio::create_task(waits(trace, 200));
    co_await asyncio::sleep_ms(50);  // The time is over, the cleanup goes on.
    EXPECT_TRUE(waiting.cancel());
    co_await asyncio::sleep(0);
    EXPECT_TRUE(waiting.cancelled());
    co_await asyncio::sleep_ms(300);
}

asyncio::Coroutine<> same_deadline(int* values, int* completions)
{
    for (int i = 0; i < 20; ++i) {
        const asyncio::Task<int> inner = asyncio::create_task(answers_after(5));
        try {
            const int value = co_await asyncio::wait_for_ms(inner, 5);
            *values += value == 42;
        } catch (const asyncio::TimeoutError&) {
        }
        *completions += inner.done() && !inner.cancelled();
    }
}

asyncio::Coroutine<> awaits(asyncio::Task<int> task) { co_await task; }

asyncio::Coroutine<> times_out_a_shared_task()
{
    const asyncio::Task<int> shared = asyncio::create_task(answers_after(10'000));
    const asyncio::Task<> other = asyncio::create_task(awaits(shared));
    try {
        co_await asyncio::wait_for_ms(shared, 5);
    } catch (const asyncio::TimeoutError&) {
    }
    co_await asyncio::sleep(0);
    EXPECT_TRUE(other.cancelled());
}

asyncio::Coroutine<> does_nothing() { co_return; }

asyncio::Coroutine<int> next_number()
{
    const asyncio::Task<> task = asyncio::create_task(does_nothing());
    co_return std::stoi(task.name().substr(std::string{"Task-"}.size()));
}

asyncio::Coroutine<> waits_for_everything()
{
    asyncio::Event event;
    event.set();
    asyncio::Lock lock;
    co_await asyncio::wait_for(event.wait(), 1);
    co_await asyncio::wait_for(lock.acquire(), 1);
    EXPECT_TRUE(lock.locked());
    const auto [value] = co_await asyncio::wait_for(asyncio::gather(answer()), 1);
    EXPECT_EQ(value, 42);
    co_await asyncio::wait_for(asyncio::sleep(0), 1);
}

asyncio::Coroutine<int> tasks_per_wait_for()
{
    const int before = co_await next_number();
    co_await asyncio::wait_for(answer(), 1);
    const int after = co_await next_number();
    co_return after - before - 1;
}

}  // namespace

RULE(TheTimeoutWaitsUntilTheTaskHasReallyEnded, 90)
{
    Trace trace;
    asyncio::run(waits(&trace, 20));
    EXPECT_EQ(trace.str(), "cleanup begins, cleanup ends, TimeoutError");
}

RULE(WhatTheTaskThrowsInsteadOfStoppingIsNotLost, 92)
{
    EXPECT_EQ(asyncio::run(outcome_of(fails_when_cancelled(), 1)), "ValueError");
}

RULE(WithoutTimeTheAwaitableGetsOneTurn, 94, 95) { asyncio::run(wait_for_with_no_time()); }

RULE(ACancelDuringASlowCleanupIsNotLost, 97)
{
    Trace trace;
    asyncio::run(cancelled_during_slow_cleanup(&trace));
    EXPECT_EQ(trace.str(), "cleanup begins, CancelledError, cleanup ends");
}

RULE(AResultThatIsReadyIsNeverThrownAway, 100)
{
    int values = 0;
    int completions = 0;
    asyncio::run(same_deadline(&values, &completions));
    EXPECT_EQ(values, completions);
    if (virtual_loop() != nullptr) {
        EXPECT_EQ(values, 20);
    }
}

RULE(ATimeoutCancelsTheTaskForAllItsWaiters, 101) { asyncio::run(times_out_a_shared_task()); }

RULE(WaitForTakesEverythingThatCanBeAwaited, 102) { asyncio::run(waits_for_everything()); }

RULE(WaitForCostsOneTask, 103) { EXPECT_EQ(asyncio::run(tasks_per_wait_for()), 1); }

}  // namespace conformance
