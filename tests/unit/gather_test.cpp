#include <asyncio/gather.hpp>

#include "support/trace.hpp"

#include <asyncio/event.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <utility>

using namespace std::chrono_literals;

namespace asyncio {
namespace {

using test::note_after;
using test::step;
using test::Trace;

Coroutine<int> value_after(std::int64_t ms, int value)
{
    co_await sleep_ms(ms);
    co_return value;
}

Coroutine<int> fail_after(std::int64_t ms, std::string message)
{
    co_await sleep_ms(ms);
    throw std::runtime_error{message};
}

Coroutine<> fail_quickly(Trace& trace)
{
    trace.push_back("fails");
    throw std::runtime_error{"quick"};
    co_return;
}

Coroutine<int> cancelled_after(std::int64_t ms)
{
    co_await sleep_ms(ms);
    throw CancelledError{};
}

Coroutine<std::unique_ptr<int>> box(int value) { co_return std::make_unique<int>(value); }

Coroutine<std::pair<int, std::string>> pair() { co_return std::pair{1, std::string{"one"}}; }

void note_reports(VirtualLoop& loop, Trace& trace)
{
    loop.loop().set_exception_handler([&trace](Loop&, const ExceptionContext& context) {
        trace.push_back("report of " + context.future.name());
    });
}

TEST(Gather, RunsAllAtOnceAndGivesTheirResultsInTheOrderOfTheArguments)  // Rule 105.
{
    VirtualLoop loop;
    const auto results = loop.run(gather(value_after(30, 1), value_after(10, 2), sleep_ms(20)));
    EXPECT_EQ(results, (std::tuple{1, 2, std::monostate{}}));
    EXPECT_EQ(loop.now(), 30ms);
}

TEST(Gather, TakesCoroutinesTasksAndAwaiters)
{
    Event up;
    up.set();
    VirtualLoop loop;
    const Task<int> task = loop.create_task(value_after(5, 1));
    const auto results = loop.run(gather(task, value_after(5, 2), up.wait(), sleep_ms(1)));
    EXPECT_EQ(results, (std::tuple{1, 2, true, std::monostate{}}));
}

TEST(Gather, GivesResultsThatCanOnlyBeMovedAndOnesThatAreTuplesThemselves)
{
    VirtualLoop loop;
    const auto boxes = loop.run(gather(box(1), box(2)));
    EXPECT_EQ(*std::get<0>(boxes) + *std::get<1>(boxes), 3);
    const auto pairs = loop.run(gather(pair()));
    EXPECT_EQ(std::get<0>(pairs).second, "one");
    const auto nested = loop.run(gather(gather(value_after(1, 7))));
    EXPECT_EQ(std::get<0>(std::get<0>(nested)), 7);
}

TEST(Gather, StartsNothingBeforeItIsAwaited)  // Rule 106.
{
    Trace trace;
    VirtualLoop loop;
    {
        const auto gathering = gather(step(trace, "task", 1));
        loop.run_until_idle();
    }
    EXPECT_TRUE(trace.empty());
}

Coroutine<> gather_nothing(Trace& trace)
{
    const auto none = co_await gather();
    static_assert(std::tuple_size_v<decltype(none)> == 0);
    const auto list = co_await gather(std::vector<Task<int>>{});
    trace.push_back("gathered " + std::to_string(list.size()));
}

TEST(Gather, OfNothingDoesNotYield)  // Rule 107.
{
    Trace trace;
    VirtualLoop loop;
    loop.create_task(gather_nothing(trace));
    loop.create_task(note_after(trace, "other", 0));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"gathered 0", "other"}));
}

TEST(Gather, ThrowsTheFirstExceptionWhenItHappensAndLetsTheOthersRunOn)  // Rule 108.
{
    Trace trace;
    VirtualLoop loop;
    const Task<> other = loop.create_task(note_after(trace, "other ends", 50));
    EXPECT_THROW(loop.run(gather(fail_after(10, "first"), other)), std::runtime_error);
    EXPECT_EQ(loop.now(), 10ms);
    EXPECT_TRUE(trace.empty());
    loop.advance(40ms);
    EXPECT_EQ(trace, Trace{"other ends"});
}

TEST(Gather, LeavesLaterFailuresToTheExceptionHandler)  // Rule 109.
{
    Trace trace;
    VirtualLoop loop;
    note_reports(loop, trace);
    const Task<int> late = loop.create_task(fail_after(50, "late"), "late");
    EXPECT_THROW(loop.run(gather(fail_after(10, "first"), late)), std::runtime_error);
    loop.advance(50ms);
    EXPECT_EQ(trace, Trace{"report of late"});
}

TEST(Gather, LeavesAFailureOfTheSameTurnToTheExceptionHandler)  // Rule 109.
{
    Trace trace;
    VirtualLoop loop;
    note_reports(loop, trace);
    const Task<int> one = loop.create_task(fail_after(10, "one"), "one");
    const Task<int> two = loop.create_task(fail_after(10, "two"), "two");
    EXPECT_THROW(loop.run(gather(one, two)), std::runtime_error);
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"report of two"});
}

TEST(Gather, WithReturnExceptionsWaitsForAllAndGivesExceptionsInPlace)  // Rule 110.
{
    VirtualLoop loop;
    const auto [value, failure, cancel, nothing] =
        loop.run(gather(return_exceptions, value_after(5, 1), fail_after(1, "x"),
                        cancelled_after(2), sleep_ms(20)));
    EXPECT_EQ(loop.now(), 20ms);
    EXPECT_EQ(value.value(), 1);
    EXPECT_EQ(value.exception(), nullptr);
    EXPECT_FALSE(failure.has_value());
    EXPECT_THROW((void)failure.value(), std::runtime_error);
    EXPECT_THROW(std::rethrow_exception(cancel.exception()), CancelledError);
    EXPECT_TRUE(nothing.has_value());
}

Coroutine<> gather_what_has_just_failed(Trace& trace)
{
    const Task<> failed = create_task(fail_quickly(trace));
    co_await sleep_ms(0);
    const auto results = co_await gather(return_exceptions, failed, sleep_ms(10));
    trace.push_back(std::get<0>(results).has_value() ? "value" : "exception");
}

TEST(Gather, WithReturnExceptionsSparesTheReportOfAChildThatHasJustFailed)
{
    Trace trace;
    VirtualLoop loop;
    note_reports(loop, trace);
    loop.run(gather_what_has_just_failed(trace));
    EXPECT_EQ(trace, (Trace{"fails", "exception"}));
}

Coroutine<> gather_two(Task<int> one, Task<int> two, bool exceptions, Trace& trace)
{
    std::string end = "gathered";
    try {
        if (exceptions) {
            (void)co_await gather(return_exceptions, one, two);
        } else {
            (void)co_await gather(one, two);
        }
    } catch (const CancelledError&) {
        end = "cancelled";
    }
    trace.push_back(end);
}

TEST(Gather, WhenItsTaskIsCancelledCancelsAllThatHaveNotEnded)  // Rule 111.
{
    for (const bool exceptions : {false, true}) {
        Trace trace;
        VirtualLoop loop;
        const Task<int> ended = loop.create_task(value_after(1, 1));
        const Task<int> pending = loop.create_task(value_after(100, 2));
        const Task<> gatherer = loop.create_task(gather_two(ended, pending, exceptions, trace));
        loop.advance(5ms);
        gatherer.cancel();
        loop.run_until_idle();
        EXPECT_EQ(trace, Trace{"cancelled"});
        EXPECT_EQ(ended.result(), 1);
        EXPECT_TRUE(pending.cancelled());
    }
}

TEST(Gather, TakesTasksThatHaveEndedAlready)  // Rule 112.
{
    VirtualLoop loop;
    const Task<int> ended = loop.create_task(value_after(0, 1));
    loop.run_until_idle();
    EXPECT_EQ(loop.run(gather(ended, value_after(1, 2))), (std::tuple{1, 2}));
    loop.loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
    const Task<int> failed = loop.create_task(fail_after(0, "x"));
    loop.run_until_idle();
    EXPECT_THROW(loop.run(gather(value_after(1000, 1), failed)), std::runtime_error);
    EXPECT_EQ(loop.now(), 1ms);
}

Coroutine<> join(Task<int> task, Trace& trace)
{
    const int value = co_await task;
    trace.push_back("joined " + std::to_string(value));
}

TEST(Gather, TakesATaskThatOthersAwaitAndGatherAndTheSameTaskTwice)  // Rules 113 and 114.
{
    Trace trace;
    VirtualLoop loop;
    const Task<int> task = loop.create_task(value_after(5, 3));
    loop.create_task(join(task, trace));
    loop.create_task(gather_two(task, task, false, trace));
    EXPECT_EQ(loop.run(gather(task, task)), (std::tuple{3, 3}));
    EXPECT_EQ(trace, (Trace{"joined 3", "gathered"}));
}

TEST(Gather, TakesAVectorOfTasks)
{
    VirtualLoop loop;
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) {
        tasks.push_back(loop.create_task(value_after(5 - i, i)));
    }
    EXPECT_EQ(loop.run(gather(tasks)), (std::vector<int>{0, 1, 2, 3, 4}));
    tasks.push_back(loop.create_task(fail_after(1, "x")));
    const auto results = loop.run(gather(return_exceptions, tasks));
    EXPECT_EQ(results.size(), 6U);
    EXPECT_EQ(results[4].value(), 4);
    EXPECT_FALSE(results[5].has_value());
}

Coroutine<std::string> gather_oneself(Task<std::string>& self)
{
    std::string message;
    try {
        (void)co_await gather(self);
    } catch (const RuntimeError& error) {
        message = error.what();
    }
    co_return message;
}

TEST(Gather, OfTheTaskThatGathersThrowsRuntimeError)
{
    Task<std::string> self;
    VirtualLoop loop;
    self = loop.create_task(gather_oneself(self), "me");
    loop.run_until_idle();
    EXPECT_EQ(self.result(), "task 'me' cannot gather itself");
}

}  // namespace
}  // namespace asyncio
