// Rows 105 to 117: gather().

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace conformance {
namespace {

asyncio::Coroutine<int> says(int id, Trace* trace)
{
    trace->add(id);
    co_return id;
}

asyncio::Coroutine<int> returns_after(int turns, int value)
{
    co_await yield(turns);
    co_return value;
}

asyncio::Coroutine<int> fails_after(int turns)
{
    co_await yield(turns);
    throw ValueError{text(turns)};
}

asyncio::Coroutine<> nothing_starts_before_the_await(Trace* trace)
{
    auto gathered = asyncio::gather(says(1, trace), says(2, trace));
    co_await yield(3);
    EXPECT_EQ(trace->str(), "");
    const auto [first, second] = co_await std::move(gathered);
    EXPECT_EQ(first, 1);
    EXPECT_EQ(second, 2);
}

asyncio::Coroutine<> the_second_fails_too_late(std::vector<std::string>* reports)
{
    asyncio::get_event_loop().set_exception_handler(
        [reports](asyncio::Loop&, const asyncio::ExceptionContext& context) {
            reports->push_back(repr(context.exception));
        });
    try {
        co_await asyncio::gather(fails_after(1), fails_after(4));
    } catch (const ValueError& error) {
        EXPECT_STREQ(error.what(), "1");
    }
    co_await yield(8);
}

asyncio::Coroutine<std::string> gathers_twice(asyncio::Task<int> task)
{
    const auto [first, second] = co_await asyncio::gather(task, task);
    co_return text(first) + " " + text(second);
}

asyncio::Coroutine<> same_task_in_two_gathers()
{
    const asyncio::Task<int> shared = asyncio::create_task(returns_after(3, 42));
    const asyncio::Task<std::string> other = asyncio::create_task(gathers_twice(shared));
    const std::string mine = co_await gathers_twice(shared);
    const std::string theirs = co_await other;
    const int awaited = co_await shared;
    EXPECT_EQ(mine, "42 42");
    EXPECT_EQ(theirs, "42 42");
    EXPECT_EQ(awaited, 42);
}

asyncio::Coroutine<> a_failed_gather_leaves_its_tasks_usable()
{
    const asyncio::Task<int> survivor = asyncio::create_task(returns_after(5, 42));
    try {
        co_await asyncio::gather(survivor, fails_after(1));
    } catch (const ValueError&) {
    }
    EXPECT_FALSE(survivor.done());
    const int value = co_await survivor;
    EXPECT_EQ(value, 42);
    const auto [again] = co_await asyncio::gather(survivor);
    EXPECT_EQ(again, 42);
}

asyncio::Coroutine<std::string> awaits_a_gather_twice()
{
    auto gathered = asyncio::gather(returns_after(0, 1));
    co_await std::move(gathered);
    std::string message;
    try {
        // NOLINTNEXTLINE(bugprone-use-after-move): that is the test.
        co_await std::move(gathered);
    } catch (const asyncio::RuntimeError& error) {
        message = error.what();
    }
    co_return message;
}

asyncio::Coroutine<> sleeps_until_cancelled(Trace* trace, std::string name)
{
    try {
        co_await asyncio::sleep(10);
    } catch (const asyncio::CancelledError&) {
        trace->add(name, " cancelled");
        throw;
    }
}

asyncio::Coroutine<> gathers_exceptions(Trace* trace)
{
    try {
        co_await asyncio::gather(asyncio::return_exceptions, sleeps_until_cancelled(trace, "a"),
                                 sleeps_until_cancelled(trace, "b"));
    } catch (const asyncio::CancelledError&) {
        trace->add("gather cancelled");
        throw;
    }
}

asyncio::Coroutine<> cancels_a_gather(Trace* trace)
{
    const asyncio::Task<> task = asyncio::create_task(gathers_exceptions(trace));
    co_await yield(2);
    task.cancel();
    co_await yield(3);
}

}  // namespace

RULE(NothingStartsBeforeTheGatherIsAwaited, 105, 106)
{
    Trace trace;
    asyncio::run(nothing_starts_before_the_await(&trace));
    EXPECT_EQ(trace.str(), "1, 2");
}

RULE(AChildThatFailsAfterTheFirstIsReported, 109)
{
    std::vector<std::string> reports;
    asyncio::run(the_second_fails_too_late(&reports));
    asyncio::get_event_loop().set_exception_handler({});
    EXPECT_EQ(reports, std::vector<std::string>{"ValueError(4)"});
}

RULE(ACancelReachesTheCallerBeforeTheChildren, 111)
{
    Trace trace;
    asyncio::run(cancels_a_gather(&trace));
    EXPECT_EQ(trace.str(), "gather cancelled, a cancelled, b cancelled");
}

RULE(ATaskMayBeGatheredTwiceAndByOthersToo, 51, 113, 114)
{
    asyncio::run(same_task_in_two_gathers());
}

RULE(AFailedGatherLeavesItsTasksUsable, 115)
{
    asyncio::run(a_failed_gather_leaves_its_tasks_usable());
}

RULE(AwaitingAGatherTwiceIsAnError, 116)
{
    EXPECT_EQ(asyncio::run(awaits_a_gather_twice()), "cannot await a coroutine twice");
}

}  // namespace conformance
