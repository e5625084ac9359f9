#include <asyncio/loop.hpp>

#include "support/trace.hpp"

#include <asyncio/event.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/wait_for.hpp>

#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>

using namespace std::chrono_literals;

namespace asyncio {
namespace {

using test::Farewell;
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

Coroutine<> stop_after(Loop& loop, std::int64_t ms)
{
    co_await sleep_ms(ms);
    loop.stop();
    loop.stop();  // Counts once.
}

// --- Running --------------------------------------------------------------------------------

TEST(Loop, RunsUntilACoroutineOrATaskHasEndedAndGivesItsResult)  // Rules 19 and 20, better.
{
    const VirtualLoop loop;
    EXPECT_EQ(loop.loop().run_until_complete(value_after(5, 1)), 1);
    const Task<int> task = create_task(value_after(5, 2));
    EXPECT_EQ(loop.loop().run_until_complete(task), 2);
    EXPECT_EQ(loop.loop().run_until_complete(task), 2);  // Ended: at once.
    EXPECT_EQ(loop.now(), 10ms);
}

TEST(Loop, RunForeverEndsByStopAfterWhatIsReadyHasRunOnceMore)  // Rule 184.
{
    Trace trace;
    const VirtualLoop loop;
    create_task(step(trace, "before", 3));
    create_task(stop_after(loop.loop(), 0));
    create_task(step(trace, "after", 3));
    loop.loop().run_forever();
    EXPECT_EQ(trace, (Trace{"before 0", "after 0", "before 1", "after 1", "before 2"}));
    create_task(stop_after(loop.loop(), 5));
    loop.loop().run_forever();
    EXPECT_EQ(trace.back(), "after 2");
}

TEST(Loop, StopOutsideOfRunForeverDoesNothing)  // Rule 185.
{
    const VirtualLoop loop;
    loop.loop().stop();
    create_task(stop_after(loop.loop(), 1));
    EXPECT_EQ(loop.loop().run_until_complete(value_after(5, 1)), 1);
    create_task(stop_after(loop.loop(), 7));
    loop.loop().run_forever();
    EXPECT_EQ(loop.now(), 12ms);
}

Coroutine<> hold(std::shared_ptr<int>) { co_return; }

Coroutine<> run_from_inside(Loop& loop, std::shared_ptr<int> value)
{
    EXPECT_THROW(loop.run_forever(), RuntimeError);
    EXPECT_THROW(loop.close(), RuntimeError);
    Coroutine<> inner = hold(std::move(value));
    EXPECT_THROW(loop.run_until_complete(std::move(inner)), RuntimeError);
    EXPECT_THROW(new_event_loop(), RuntimeError);
    EXPECT_TRUE(loop.is_running());
    co_return;
}

TEST(Loop, CannotBeRunClosedOrReplacedFromInsideATaskWhichTheRefusalDoesNotHarm)
{
    const auto value = std::make_shared<int>(1);
    const VirtualLoop loop;
    EXPECT_FALSE(loop.loop().is_running());
    loop.loop().run_until_complete(run_from_inside(loop.loop(), value));
    EXPECT_FALSE(loop.loop().is_running());
    EXPECT_EQ(value.use_count(), 1);  // The coroutine was not kept for later.
    EXPECT_EQ(loop.loop().run_until_complete(value_after(1, 1)), 1);
}

TEST(Loop, OfAVirtualLoopCannotBeReplaced)
{
    const VirtualLoop loop;
    EXPECT_THROW(new_event_loop(), RuntimeError);
    EXPECT_EQ(&get_event_loop(), &loop.loop());
}

// --- The exception handler ------------------------------------------------------------------

TEST(Loop, TellsTheHandlerMessageExceptionAndTask)  // Rule 80.
{
    std::vector<ExceptionContext> contexts;
    Loop* told = nullptr;
    VirtualLoop loop;
    loop.loop().set_exception_handler([&](Loop& of, const ExceptionContext& context) {
        told = &of;
        contexts.push_back(context);
    });
    const Task<int> task = loop.create_task(fail_after(1, "one"), "failing");
    const Task<int> other = loop.create_task(fail_after(2, "two"));
    loop.advance(5ms);
    EXPECT_EQ(contexts.size(), 2U);
    EXPECT_EQ(told, &loop.loop());
    EXPECT_EQ(contexts[0].message, "Task exception wasn't retrieved");
    EXPECT_EQ(contexts[0].future, task);
    EXPECT_EQ(contexts[0].exception, task.exception());
    EXPECT_EQ(contexts[1].future, other);
}

TEST(Loop, WithoutAHandlerPrintsMessageTaskPlaceAndException)
{
    VirtualLoop loop;
    EXPECT_FALSE(loop.loop().get_exception_handler());
    testing::internal::CaptureStderr();
    create_task(fail_after(1, "the lamp is broken"), "blink");
    loop.advance(5ms);
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_NE(text.find("Task exception wasn't retrieved\nfuture: task 'blink' created at "),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("loop_test.cpp:"), std::string::npos) << text;
    EXPECT_NE(text.find("exception: std::runtime_error: the lamp is broken\n"), std::string::npos)
        << text;
}

TEST(Loop, TakesACallOfTheHandlerWithAMessageAlone)  // Rule 84, a KeyError in MicroPython.
{
    Trace trace;
    const VirtualLoop loop;
    testing::internal::CaptureStderr();
    loop.loop().call_exception_handler({"only words", nullptr, AnyTask{}});
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "only words\n");
    loop.loop().set_exception_handler(
        [&trace](Loop&, const ExceptionContext& context) { trace.push_back(context.message); });
    loop.loop().call_exception_handler({"to the handler", nullptr, AnyTask{}});
    EXPECT_EQ(trace, Trace{"to the handler"});
    loop.loop().set_exception_handler({});  // Rule 85.
    EXPECT_FALSE(loop.loop().get_exception_handler());
}

TEST(Loop, LetsWhatTheHandlerThrowsLeaveRunAndGoesOnInTheNext)  // Rule 82.
{
    Trace trace;
    VirtualLoop loop;
    loop.loop().set_exception_handler(
        [](Loop&, const ExceptionContext& context) { std::rethrow_exception(context.exception); });
    loop.create_task(fail_after(1, "enough"));
    loop.create_task(note_after(trace, "survivor", 1));
    loop.create_task(note_after(trace, "sleeper", 2));
    EXPECT_THROW(loop.run(value_after(10, 1)), std::runtime_error);
    EXPECT_EQ(trace, Trace{"survivor"});
    EXPECT_FALSE(loop.loop().is_running());
    EXPECT_EQ(loop.run(value_after(10, 1)), 1);
    EXPECT_EQ(trace, (Trace{"survivor", "sleeper"}));
}

Coroutine<> fail_when_cancelled(Event& never)
{
    try {
        co_await never.wait();
    } catch (const CancelledError&) {
        throw std::runtime_error{"cleanup failed"};
    }
}

TEST(Loop, IsClosedThoughTheHandlerThrowsAndTheExceptionLeavesClose)
{
    Trace trace;
    Event never;
    VirtualLoop loop;
    loop.loop().set_exception_handler(
        [](Loop&, const ExceptionContext& context) { std::rethrow_exception(context.exception); });
    loop.create_task(fail_when_cancelled(never));
    loop.create_task(step(trace, "other", 1));
    loop.run_until_idle();
    EXPECT_THROW(loop.loop().close(), std::runtime_error);
    EXPECT_TRUE(loop.loop().is_closed());
}

// --- Closing --------------------------------------------------------------------------------

Coroutine<> wait_and_clean_up(Event& never, Trace& trace, std::string name)
{
    bool cancelled = false;
    try {
        co_await never.wait();
    } catch (const CancelledError&) {
        cancelled = true;
    }
    if (cancelled) {
        co_await sleep_ms(10);
        const int value = co_await wait_for_ms(value_after(5, 1), 100);  // Makes a task.
        trace.push_back(name + " cleaned up " + std::to_string(value));
        throw CancelledError{};
    }
}

TEST(Loop, CloseCancelsEveryTaskAndLetsItsCleanupRun)  // Rules 14 and 187.
{
    Trace trace;
    Event never;
    VirtualLoop loop;
    const Task<> ann = loop.create_task(wait_and_clean_up(never, trace, "ann"));
    const Task<> bob = loop.create_task(wait_and_clean_up(never, trace, "bob"));
    const Task<> sleeper = loop.create_task(note_after(trace, "never", 1000));
    loop.run_until_idle();
    const Task<> unstarted = loop.create_task(step(trace, "never", 1));
    loop.loop().close();
    EXPECT_EQ(trace, (Trace{"ann cleaned up 1", "bob cleaned up 1"}));
    for (const Task<>& task : {ann, bob, sleeper, unstarted}) {
        EXPECT_TRUE(task.cancelled());
    }
}

TEST(Loop, ThatIsClosedRefusesToRunAndMayBeClosedAgain)
{
    VirtualLoop loop;
    loop.loop().close();
    loop.loop().close();
    EXPECT_TRUE(loop.loop().is_closed());
    EXPECT_THROW(loop.loop().run_forever(), RuntimeError);
    EXPECT_THROW(loop.run(value_after(1, 1)), RuntimeError);
}

/// Awaits for ever, cancelled or not; only dropping its frame ends it.
Coroutine<> insist(Farewell, Event& never)
{
    for (;;) {
        try {
            co_await never.wait();
        } catch (const CancelledError&) {
        }
    }
}

TEST(Loop, DropsTasksThatRefuseToEndTheYoungestFirst)
{
    Trace trace;
    Event never;
    Task<> handle;
    {
        VirtualLoop loop;
        handle = loop.create_task(insist(Farewell{trace, "parent"}, never));
        loop.create_task(insist(Farewell{trace, "child"}, never));
        loop.run_until_idle();
    }
    EXPECT_EQ(trace, (Trace{"~child", "~parent"}));
    EXPECT_TRUE(handle.cancelled());
}

/// Owns an event that others wait for, and refuses to end.
Coroutine<> own_an_event(Trace& trace)
{
    Event own;
    create_task(insist(Farewell{trace, "first guest"}, own));
    create_task(insist(Farewell{trace, "second guest"}, own));
    co_await insist(Farewell{trace, "owner"}, own);
}

TEST(Loop, DropsTheGuestsOfAnEventBeforeItsOwner)
{
    Trace trace;
    {
        VirtualLoop loop;
        loop.create_task(own_an_event(trace));
        loop.run_until_idle();
    }
    EXPECT_EQ(trace, (Trace{"~second guest", "~first guest", "~owner"}));
}

Coroutine<> yield_for_ever(Farewell)
{
    for (;;) {
        try {
            co_await sleep_ms(0);
        } catch (const CancelledError&) {
        }
    }
}

/// Cancels a task when it dies.
class Canceller {
public:
    explicit Canceller(AnyTask& task) : task_{task} {}
    Canceller(const Canceller&) = delete;
    Canceller& operator=(const Canceller&) = delete;
    ~Canceller() { task_.cancel(); }

private:
    AnyTask& task_;
};

Coroutine<> wait_stubbornly(Event& never)
{
    try {
        co_await never.wait();
    } catch (const CancelledError&) {
    }
    co_await never.wait();
}

Coroutine<> cancel_when_dropped(Event& never, AnyTask& elder)
{
    const Canceller canceller{elder};
    co_await wait_stubbornly(never);
}

Coroutine<> await_younger(Task<>& younger)
{
    co_await sleep_ms(0);
    co_await younger;
}

TEST(Loop, DropsATaskWhoseDestructorsCancelTheOneThatAwaitsIt)
{
    Event never;
    AnyTask elder;
    Task<> younger;
    VirtualLoop loop;
    elder = loop.create_task(await_younger(younger), "elder");
    younger = loop.create_task(cancel_when_dropped(never, elder), "younger");
    loop.run_until_idle();
    loop.loop().close();
    EXPECT_TRUE(elder.cancelled());
    EXPECT_TRUE(younger.cancelled());
}

TEST(Loop, ClosesThoughATaskYieldsForEver)
{
    Trace trace;
    {
        VirtualLoop loop;
        loop.create_task(yield_for_ever(Farewell{trace, "yielder"}));
        loop.run(value_after(0, 1));
    }
    EXPECT_EQ(trace, Trace{"~yielder"});
}

TEST(Loop, GivesCleanupTwoSecondsAndNotMore)
{
    Trace trace;
    Event never;
    VirtualLoop loop;
    loop.create_task(insist(Farewell{trace, "sleeper"}, never));
    loop.create_task(wait_and_clean_up(never, trace, "quick"));
    loop.run_until_idle();
    const auto before = loop.now();
    loop.loop().close();
    EXPECT_LE(loop.now() - before, 2s);
    EXPECT_EQ(trace, (Trace{"quick cleaned up 1", "~sleeper"}));
}

/// Creates a task when it is destroyed, and cancels another.
class Creator {
public:
    Creator(Trace& trace, AnyTask& other) : trace_{&trace}, other_{&other} {}
    Creator(Creator&& from) noexcept
        : trace_{std::exchange(from.trace_, nullptr)}, other_{from.other_}
    {
    }
    Creator& operator=(Creator&&) = delete;
    ~Creator()
    {
        if (trace_ != nullptr) {
            create_task(step(*trace_, "created late", 1));
            other_->cancel();
        }
    }

private:
    Trace* trace_;
    AnyTask* other_;
};

Coroutine<> keep_creator(Creator, Event& never)
{
    for (;;) {
        try {
            co_await never.wait();
        } catch (const CancelledError&) {
        }
    }
}

Coroutine<> end_with_creator(Creator) { co_await sleep_ms(1); }

TEST(Loop, SurvivesTasksThatDestructorsCreateWhileItDrops)
{
    Trace trace;
    Event never;
    AnyTask other;
    {
        VirtualLoop loop;
        other = loop.create_task(insist(Farewell{trace, "other"}, never));
        loop.create_task(keep_creator(Creator{trace, other}, never));
        loop.run_until_idle();
    }
    EXPECT_EQ(trace, Trace{"~other"});
    EXPECT_TRUE(other.done());
}

TEST(Loop, RunsTasksThatDestructorsOfEndedTasksCreate)
{
    Trace trace;
    Event never;
    AnyTask other;
    VirtualLoop loop;
    other = loop.create_task(insist(Farewell{trace, "other"}, never));
    loop.create_task(end_with_creator(Creator{trace, other}));
    loop.advance(1ms);
    EXPECT_EQ(trace, Trace{"created late 0"});
}

Coroutine<> await_task(AnyTask task)
{
    for (;;) {
        try {
            co_await task;
        } catch (const CancelledError&) {
        }
        if (task.done()) {
            break;
        }
    }
}

TEST(Loop, DropsTasksInEveryState)
{
    Trace trace;
    Event never;
    Lock lock;
    AnyTask insisting;
    {
        VirtualLoop loop;
        loop.loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
        insisting = loop.create_task(insist(Farewell{trace, "joined"}, never));
        loop.create_task(await_task(insisting));               // Joins another.
        loop.create_task(note_after(trace, "never", 1000));    // Sleeps.
        loop.create_task(value_after(1, 1));                   // Ends.
        loop.create_task(fail_after(1, "reported"));           // Fails.
        loop.advance(1ms);
        loop.create_task(fail_after(0, "not reported yet"));
        loop.create_task(value_after(0, 1));                   // Never starts.
    }
    EXPECT_EQ(trace, Trace{"~joined"});
    EXPECT_TRUE(insisting.cancelled());
}

}  // namespace
}  // namespace asyncio
