// Rows 59 to 74: cancelling.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

#include <type_traits>

namespace conformance {
namespace {

asyncio::Coroutine<> sleeps(Trace* trace, std::string name)
{
    try {
        co_await asyncio::sleep(10);
    } catch (const asyncio::CancelledError&) {
        trace->add(name, " cancelled");
        throw;
    }
}

asyncio::Coroutine<> awaits(asyncio::Task<> task, Trace* trace, std::string name)
{
    try {
        co_await task;
    } catch (const asyncio::CancelledError&) {
        trace->add(name, " cancelled");
        throw;
    }
}

asyncio::Coroutine<> cancels_one_of_two_waiters(Trace* trace)
{
    const asyncio::Task<> inner = asyncio::create_task(sleeps(trace, "inner"));
    const asyncio::Task<> first = asyncio::create_task(awaits(inner, trace, "first"));
    const asyncio::Task<> second = asyncio::create_task(awaits(inner, trace, "second"));
    co_await yield(2);
    first.cancel();
    co_await yield(3);
    EXPECT_TRUE(second.cancelled());
}

asyncio::Coroutine<> takes_two_requests(Trace* trace)
{
    for (int i = 0; i < 2; ++i) {
        try {
            co_await asyncio::sleep(10);
        } catch (const asyncio::CancelledError&) {
            trace->add(i);
        }
        co_await asyncio::sleep_ms(1);  // The cleanup may await.
    }
    trace->add("end");
}

asyncio::Coroutine<> cancels_twice(Trace* trace)
{
    const asyncio::Task<> task = asyncio::create_task(takes_two_requests(trace));
    co_await asyncio::sleep(0);
    EXPECT_TRUE(task.cancel());
    EXPECT_TRUE(task.cancel());  // Counts as the same request.
    co_await asyncio::sleep_ms(20);
    EXPECT_TRUE(task.cancel());
    co_await task;
    EXPECT_FALSE(task.cancel());
    EXPECT_FALSE(task.cancelled());
}

asyncio::Coroutine<> cancels_its_ancestor(asyncio::Task<>* ancestor, Trace* trace)
{
    EXPECT_TRUE(ancestor->cancel());
    trace->add("asked");
    co_await asyncio::sleep(10);
    trace->add("not cancelled");
}

asyncio::Coroutine<> awaits_one_who_cancels(asyncio::Task<>* self, Trace* trace)
{
    const asyncio::Task<> inner = asyncio::create_task(cancels_its_ancestor(self, trace));
    co_await inner;
}

asyncio::Coroutine<> cancel_from_below(Trace* trace)
{
    asyncio::Task<> outer;
    outer = asyncio::create_task(awaits_one_who_cancels(&outer, trace));
    const auto start = now();
    try {
        co_await outer;
    } catch (const asyncio::CancelledError&) {
        trace->add("outer cancelled");
    }
    EXPECT_LT(ms_since(start), 5000);
}

asyncio::Coroutine<> cancels_unawaited(int* reports)
{
    asyncio::get_event_loop().set_exception_handler(
        [reports](asyncio::Loop&, const asyncio::ExceptionContext&) { ++*reports; });
    Trace trace;
    const asyncio::Task<> task = asyncio::create_task(sleeps(&trace, "task"));
    co_await asyncio::sleep(0);
    task.cancel();
    co_await yield(5);
    EXPECT_TRUE(task.cancelled());
}

asyncio::Coroutine<> says_why(std::string* why)
{
    try {
        co_await asyncio::sleep(10);
    } catch (const asyncio::CancelledError&) {
        *why = repr(std::current_exception());
        throw;
    }
}

asyncio::Coroutine<> times_out_and_cancels()
{
    std::string timed_out;
    try {
        co_await asyncio::wait_for_ms(says_why(&timed_out), 1);
    } catch (const asyncio::TimeoutError&) {
    }
    std::string cancelled;
    const asyncio::Task<> task = asyncio::create_task(says_why(&cancelled));
    co_await asyncio::sleep(0);
    task.cancel();
    co_await asyncio::sleep(0);
    EXPECT_EQ(timed_out, "CancelledError()");
    EXPECT_EQ(cancelled, timed_out);
}

asyncio::Coroutine<> waits_for_event(asyncio::Event* event) { co_await event->wait(); }
asyncio::Coroutine<> waits_for_lock(asyncio::Lock* lock) { co_await lock->acquire(); }
asyncio::Coroutine<> waits_for_flag(asyncio::ThreadSafeFlag* flag) { co_await flag->wait(); }

asyncio::Coroutine<> cancels_waiters_of_all_kinds()
{
    asyncio::Event event;
    asyncio::Lock lock;
    asyncio::ThreadSafeFlag flag;
    co_await lock.acquire();
    const asyncio::Task<> at_event = asyncio::create_task(waits_for_event(&event));
    const asyncio::Task<> at_lock = asyncio::create_task(waits_for_lock(&lock));
    const asyncio::Task<> at_flag = asyncio::create_task(waits_for_flag(&flag));
    co_await asyncio::sleep(0);
    at_event.cancel();
    at_lock.cancel();
    at_flag.cancel();
    co_await yield(2);
    EXPECT_TRUE(at_event.cancelled());
    EXPECT_TRUE(at_lock.cancelled());
    EXPECT_TRUE(at_flag.cancelled());
    lock.release();
    EXPECT_FALSE(lock.locked());
}

}  // namespace

RULE(ACancelReachesWhateverTheTaskWaitsFor, 62) { asyncio::run(cancels_waiters_of_all_kinds()); }

RULE(ACancelPassedOnEndsAllWaitersOfTheInnerTask, 65)
{
    Trace trace;
    asyncio::run(cancels_one_of_two_waiters(&trace));
    EXPECT_EQ(trace.str(), "inner cancelled, first cancelled, second cancelled");
}

RULE(ACancelledTaskMayGoOnAndBeCancelledAgain, 59, 66)
{
    Trace trace;
    asyncio::run(cancels_twice(&trace));
    EXPECT_EQ(trace.str(), "0, 1, end");
}

RULE(ACancelOfAnAncestorReachesTheRunningTask, 68)
{
    Trace trace;
    asyncio::run(cancel_from_below(&trace));
    EXPECT_EQ(trace.str(), "asked, outer cancelled");
}

RULE(ACancelledTaskIsNeverReported, 72)
{
    int reports = 0;
    asyncio::run(cancels_unawaited(&reports));
    EXPECT_EQ(reports, 0);
}

RULE(CancelledErrorCarriesNothing, 73)
{
    static_assert(std::is_empty_v<asyncio::CancelledError>);
    static_assert(
        !std::is_invocable_v<decltype(&asyncio::AnyTask::cancel), asyncio::AnyTask, const char*>);
}

RULE(InsideTheTaskATimeoutIsACancel, 74) { asyncio::run(times_out_and_cancels()); }

}  // namespace conformance
