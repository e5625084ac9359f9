// Rows 42 to 58: tasks and awaiting them.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

#include <optional>

namespace conformance {
namespace {

asyncio::Coroutine<int> answer() { co_return 42; }

asyncio::Coroutine<> says(Trace* trace, std::string what)
{
    trace->add(what);
    co_return;
}

asyncio::Coroutine<> creates_three(Trace* trace)
{
    asyncio::create_task(says(trace, "a"));
    asyncio::create_task(says(trace, "b"));
    asyncio::create_task(says(trace, "c"));
    trace->add("creator");
    co_await asyncio::sleep(0);
}

asyncio::Coroutine<int> fails()
{
    throw ValueError{"7"};
    co_return 0;
}

asyncio::Coroutine<std::string> awaits(asyncio::Task<int> task)
{
    std::string result;
    try {
        const int value = co_await task;
        result = text(value);
    } catch (const ValueError&) {
        result = repr(std::current_exception());
    }
    co_return result;
}

asyncio::Coroutine<> awaits_again_and_again()
{
    const asyncio::Task<int> failed = asyncio::create_task(fails());
    co_await asyncio::sleep(0);
    for (int i = 0; i < 3; ++i) {
        const std::string result = co_await awaits(failed);
        EXPECT_EQ(result, "ValueError(7)");
        co_await yield(3);
    }
    const std::exception_ptr first = failed.exception();
    EXPECT_EQ(first, failed.exception());  // The same object each time.

    const asyncio::Task<int> finished = asyncio::create_task(answer());
    for (int i = 0; i < 3; ++i) {
        const std::string result = co_await awaits(finished);
        EXPECT_EQ(result, "42");
    }
}

asyncio::Coroutine<> waits_and_says(asyncio::Task<> task, Trace* trace, std::string name)
{
    co_await task;
    trace->add(name);
}

asyncio::Coroutine<> says_later(Trace* trace, std::string what)
{
    co_await asyncio::sleep_ms(5);
    trace->add(what);
}

asyncio::Coroutine<> ends_beside_a_ready_task(Trace* trace)
{
    const asyncio::Task<> ending = asyncio::create_task(says(trace, "ends"));
    const asyncio::Task<> ready = asyncio::create_task(says(trace, "ready"));
    co_await ending;
    trace->add("waiter");
}

asyncio::Coroutine<> several_wait_for_one(Trace* trace)
{
    const asyncio::Task<> awaited = asyncio::create_task(says_later(trace, "done"));
    asyncio::create_task(waits_and_says(awaited, trace, "a"));
    asyncio::create_task(waits_and_says(awaited, trace, "b"));
    const asyncio::Task<> last = asyncio::create_task(waits_and_says(awaited, trace, "c"));
    co_await last;
}

asyncio::Coroutine<> awaits_later(asyncio::Task<>* task) { co_await *task; }

asyncio::Coroutine<> awaits_itself()
{
    asyncio::Task<> self;
    self = asyncio::create_task(awaits_later(&self));
    std::string message;
    try {
        co_await self;
    } catch (const asyncio::RuntimeError& error) {
        message = error.what();
    }
    EXPECT_NE(message.find("cannot await itself"), std::string::npos) << message;
}

asyncio::Coroutine<> cancels_a_cycle()
{
    asyncio::Task<> a;
    asyncio::Task<> b;
    a = asyncio::create_task(awaits_later(&b));
    b = asyncio::create_task(awaits_later(&a));
    co_await yield(2);
    EXPECT_FALSE(a.done() || b.done());
    EXPECT_TRUE(a.cancel());
    co_await yield(3);
    EXPECT_TRUE(a.cancelled());
    EXPECT_TRUE(b.cancelled());
}

asyncio::Coroutine<> waits_for_nobody(Trace* trace)
{
    asyncio::Event nobody_knows;
    try {
        co_await nobody_knows.wait();
    } catch (const asyncio::CancelledError&) {
        trace->add("cleaned up");
        throw;
    }
}

asyncio::Coroutine<> forgets_a_task(Trace* trace)
{
    asyncio::create_task(waits_for_nobody(trace));
    co_await yield(2);
}

asyncio::Coroutine<std::string> awaits_a_coroutine_twice()
{
    asyncio::Coroutine<int> coroutine = answer();
    const int once = co_await std::move(coroutine);
    EXPECT_EQ(once, 42);
    std::string message;
    try {
        // NOLINTNEXTLINE(bugprone-use-after-move): that is the test.
        co_await std::move(coroutine);
    } catch (const asyncio::RuntimeError& error) {
        message = error.what();
    }
    co_return message;
}

asyncio::Coroutine<> sleeps() { co_await asyncio::sleep(10); }

asyncio::Coroutine<> looks_inside()
{
    const asyncio::Task<int> named = asyncio::create_task(answer(), "adder");
    EXPECT_EQ(named.name(), "adder");
    EXPECT_THROW((void)named.result(), asyncio::RuntimeError);
    EXPECT_THROW((void)named.exception(), asyncio::RuntimeError);
    co_await named;
    EXPECT_EQ(named.result(), 42);
    EXPECT_EQ(named.exception(), nullptr);
    EXPECT_FALSE(named.cancelled());

    const asyncio::Task<> sleeping = asyncio::create_task(sleeps());
    EXPECT_EQ(sleeping.name().rfind("Task-", 0), 0U) << sleeping.name();
    sleeping.cancel();
    co_await asyncio::sleep(0);
    EXPECT_TRUE(sleeping.cancelled());
    EXPECT_THROW((void)sleeping.exception(), asyncio::CancelledError);

    const asyncio::Task<int> failing = asyncio::create_task(fails());
    co_await asyncio::sleep(0);
    EXPECT_NE(failing.exception(), nullptr);
    EXPECT_THROW((void)failing.result(), ValueError);
}

}  // namespace

RULE(CreationOrderIsFirstRunOrder, 42)
{
    Trace trace;
    asyncio::run(creates_three(&trace));
    EXPECT_EQ(trace.str(), "creator, a, b, c");
}

RULE(AFinishedTaskGivesItsResultAgainAndAgain, 47, 48) { asyncio::run(awaits_again_and_again()); }

RULE(WaitersOfATaskWakeInTheirOrder, 49)
{
    Trace trace;
    asyncio::run(several_wait_for_one(&trace));
    EXPECT_EQ(trace.str(), "done, a, b, c");
}

RULE(AWaiterRunsAfterThoseThatAreReady, 50)
{
    Trace trace;
    asyncio::run(ends_beside_a_ready_task(&trace));
    EXPECT_EQ(trace.str(), "ends, ready, waiter");
}

RULE(ATaskThatAwaitsItselfIsTold, 52) { asyncio::run(awaits_itself()); }

RULE(ACycleOfAwaitsCanBeCancelled, 52) { asyncio::run(cancels_a_cycle()); }

RULE(ATaskNobodyRefersToIsCleanedUpWithItsLoop, 53)
{
    Trace trace;
    asyncio::run(forgets_a_task(&trace));
    EXPECT_EQ(trace.str(), "");
    asyncio::get_event_loop().close();
    EXPECT_EQ(trace.str(), "cleaned up");
}

RULE(AwaitingACoroutineTwiceIsAnError, 54)
{
    EXPECT_EQ(asyncio::run(awaits_a_coroutine_twice()), "cannot await a coroutine twice");
    asyncio::Coroutine<int> coroutine = answer();
    const asyncio::Task<int> task = asyncio::create_task(std::move(coroutine));
    // NOLINTNEXTLINE(bugprone-use-after-move): that is the test.
    EXPECT_THROW(asyncio::create_task(std::move(coroutine)), asyncio::RuntimeError);
    EXPECT_EQ(asyncio::get_event_loop().run_until_complete(task), 42);
}

RULE(ATaskShowsItsNameResultAndException, 57) { asyncio::run(looks_inside()); }

}  // namespace conformance
