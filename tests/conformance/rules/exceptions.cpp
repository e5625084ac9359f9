// Rows 75 to 88: exceptions that nobody awaits, and their handler.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace conformance {
namespace {

using Contexts = std::vector<asyncio::ExceptionContext>;

asyncio::Coroutine<> fails(std::string id)
{
    throw ValueError{id};
    co_return;
}

asyncio::Coroutine<> throws_a_number()
{
    throw 42;
    co_return;
}

asyncio::Coroutine<> yields(int turns) { co_await yield(turns); }

void keep_in(Contexts* contexts)
{
    asyncio::get_event_loop().set_exception_handler(
        [contexts](asyncio::Loop&, const asyncio::ExceptionContext& context) {
            contexts->push_back(context);
        });
}

asyncio::Coroutine<> counts_turns(Trace* trace)
{
    for (int i = 0; i < 3; ++i) {
        trace->add("turn ", i);
        co_await asyncio::sleep(0);
    }
}

asyncio::Coroutine<> fails_beside_others(Trace* trace)
{
    asyncio::get_event_loop().set_exception_handler(
        [trace](asyncio::Loop&, const asyncio::ExceptionContext&) { trace->add("report"); });
    asyncio::create_task(fails("1"));
    asyncio::create_task(counts_turns(trace));
    co_await yield(4);
}

asyncio::Coroutine<> awaits_after(int turns, int* caught)
{
    const asyncio::Task<> task = asyncio::create_task(fails("1"));
    co_await yield(turns);
    try {
        co_await task;
    } catch (const ValueError&) {
        ++*caught;
    }
    co_await yield(4);
}

asyncio::Coroutine<> gathers_and_awaits()
{
    try {
        co_await asyncio::gather(fails("1"), yields(1));
    } catch (const ValueError&) {
    }
    const asyncio::Task<> task = asyncio::create_task(fails("2"));
    try {
        co_await task;
    } catch (const ValueError&) {
    }
    co_await yield(5);
}

asyncio::Coroutine<std::string> awaits_a_number()
{
    const asyncio::Task<> task = asyncio::create_task(throws_a_number());
    std::string result;
    try {
        co_await task;
    } catch (int number) {
        result = text(number);
    }
    EXPECT_TRUE(task.done());
    co_return result;
}

}  // namespace

RULE(AFailureIsReportedOnceAfterOthersHaveRun, 75, 88)
{
    Trace trace;
    asyncio::run(fails_beside_others(&trace));
    EXPECT_EQ(trace.str(), "turn 0, report, turn 1, turn 2");
}

RULE(AwaitingWithinATurnSparesTheReport, 76)
{
    for (const int turns : {0, 1, 5}) {
        Contexts contexts;
        keep_in(&contexts);
        int caught = 0;
        asyncio::run(awaits_after(turns, &caught));
        EXPECT_EQ(caught, 1);
        EXPECT_EQ(contexts.size(), turns < 2 ? 0U : 1U) << turns;
        asyncio::get_event_loop().set_exception_handler({});
    }
}

RULE(AReportIsNotLostWhenTheLoopEnds, 77)
{
    Contexts contexts;
    keep_in(&contexts);
    asyncio::create_task(fails("1"));
    asyncio::run(yields(0));  // Ends before the failure's turn has come.
    asyncio::get_event_loop().close();
    EXPECT_EQ(contexts.size(), 1U);
    asyncio::get_event_loop().set_exception_handler({});
}

RULE(TheDefaultHandlerNamesTheTaskItsPlaceAndTheException, 78)
{
    testing::internal::CaptureStderr();
    asyncio::create_task(fails("the lamp is broken"), "lamp");
    const int line = __LINE__ - 1;
    asyncio::run(yields(3));
    const std::string output = testing::internal::GetCapturedStderr();
    EXPECT_NE(output.find("Task exception wasn't retrieved\n"), std::string::npos) << output;
    EXPECT_NE(output.find("'lamp'"), std::string::npos) << output;
    EXPECT_NE(output.find("exceptions.cpp:" + text(line)), std::string::npos) << output;
    EXPECT_NE(output.find("ValueError: the lamp is broken"), std::string::npos) << output;
}

RULE(EachReportHasItsOwnContextInTheOrderOfTheFailures, 79, 80, 81)
{
    Contexts contexts;
    keep_in(&contexts);
    const asyncio::Task<> first = asyncio::create_task(fails("1"));
    asyncio::create_task(fails("2"));
    asyncio::run(yields(4));
    asyncio::get_event_loop().set_exception_handler({});
    ASSERT_EQ(contexts.size(), 2U);
    EXPECT_EQ(contexts[0].message, "Task exception wasn't retrieved");
    EXPECT_EQ(contexts[0].future, first);
    EXPECT_EQ(repr(contexts[0].exception), "ValueError(1)");
    EXPECT_EQ(repr(contexts[1].exception), "ValueError(2)");
}

RULE(WhatTheHandlerThrowsLeavesRun, 82)
{
    asyncio::get_event_loop().set_exception_handler(
        [](asyncio::Loop&, const asyncio::ExceptionContext& context) {
            std::rethrow_exception(context.exception);
        });
    asyncio::create_task(fails("1"));
    EXPECT_THROW(asyncio::run(yields(100)), ValueError);
    asyncio::get_event_loop().set_exception_handler({});
    asyncio::run(yields(1));  // The loop can still be used.
}

RULE(TheHandlersMayBeCalledByTheProgram, 83, 84)
{
    asyncio::Loop& loop = asyncio::get_event_loop();
    asyncio::ExceptionContext context;
    context.message = "the lamp is broken";
    testing::internal::CaptureStderr();
    loop.default_exception_handler(context);
    loop.call_exception_handler(context);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "the lamp is broken\nthe lamp is broken\n");

    Contexts contexts;
    keep_in(&contexts);
    loop.call_exception_handler(context);
    loop.set_exception_handler({});
    ASSERT_EQ(contexts.size(), 1U);
    EXPECT_EQ(contexts[0].message, context.message);
}

KERNEL_RULE(TheHandlerSurvivesNewEventLoop, 85)
{
    Contexts contexts;
    keep_in(&contexts);
    asyncio::Loop& loop = asyncio::new_event_loop();
    EXPECT_TRUE(loop.get_exception_handler());
    loop.set_exception_handler({});
    EXPECT_FALSE(loop.get_exception_handler());
}

RULE(AnythingThatIsThrownEndsItsTaskOnly, 86)
{
    EXPECT_EQ(asyncio::run(awaits_a_number()), "42");
    Contexts contexts;
    keep_in(&contexts);
    asyncio::create_task(throws_a_number());
    asyncio::run(yields(4));
    asyncio::get_event_loop().set_exception_handler({});
    EXPECT_EQ(contexts.size(), 1U);
}

RULE(WhatIsAwaitedOrGatheredIsNotReported, 87)
{
    Contexts contexts;
    keep_in(&contexts);
    asyncio::run(gathers_and_awaits());
    asyncio::get_event_loop().set_exception_handler({});
    EXPECT_TRUE(contexts.empty());
}

}  // namespace conformance
