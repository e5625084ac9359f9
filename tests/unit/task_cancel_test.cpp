// Cancelling tasks.

#include <asyncio/task.hpp>

#include "support/trace.hpp"
#include "task_stories.hpp"

#include <asyncio/event.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>
#include <string>

using namespace std::chrono_literals;

namespace asyncio {
namespace {

using test::answer_after;
using test::Farewell;
using test::join;
using test::keep;
using test::note;
using test::note_after;
using test::step;
using test::Trace;
using test::wait_for_ever;

Coroutine<> note_cancel(Trace& trace, std::string name, Event& event)
{
    try {
        trace.push_back(name + " starts");
        co_await event.wait();
    } catch (const CancelledError&) {
        trace.push_back(name + " cancelled");
        throw;
    }
}

TEST(Task, CancelGivesTrueUntilItIsDoneAndSeveralCountAsOne)  // Rule 59.
{
    Trace trace;
    Event never;
    VirtualLoop loop;
    const Task<> task = loop.create_task(note_cancel(trace, "task", never));
    loop.run_until_idle();
    EXPECT_TRUE(task.cancel());
    EXPECT_TRUE(task.cancel());
    EXPECT_FALSE(task.done());
    loop.run_until_idle();
    EXPECT_FALSE(task.cancel());
    EXPECT_TRUE(task.cancelled());
    EXPECT_THROW((void)task.exception(), CancelledError);
    EXPECT_EQ(trace, (Trace{"task starts", "task cancelled"}));
}

TEST(Task, CancelledBeforeItRanNeverEntersItsBody)  // Rule 60.
{
    Trace trace;
    VirtualLoop loop;
    const Task<> task = loop.create_task(keep(Farewell{trace, "parameter"}, trace));
    EXPECT_TRUE(task.cancel());
    EXPECT_FALSE(task.done());
    loop.run_until_idle();
    EXPECT_TRUE(task.cancelled());
    EXPECT_EQ(trace, Trace{"~parameter"});
}

Coroutine<> cancel_then_note(AnyTask victim, Trace& trace)
{
    victim.cancel();
    trace.push_back("cancelled it");
    co_return;
}

Coroutine<> sleep_and_note(Trace& trace, std::string name, std::int64_t ms)
{
    std::string end = "woke";
    try {
        co_await sleep_ms(ms);
    } catch (const CancelledError&) {
        end = "cancelled";
    }
    trace.push_back(name + " " + end);
}

TEST(Task, CancelledInItsSleepComesBehindWhatIsReady)  // Rule 61.
{
    Trace trace;
    VirtualLoop loop;
    const Task<> sleeper = loop.create_task(sleep_and_note(trace, "sleeper", 1000));
    loop.run_until_idle();
    loop.create_task(cancel_then_note(sleeper, trace));
    loop.create_task(note(trace, "other"));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"cancelled it", "other", "sleeper cancelled"}));
    EXPECT_EQ(loop.now(), 0ms);
}

TEST(Task, CancelledWhenItIsReadyKeepsItsPlace)  // Rule 61.
{
    Trace trace;
    VirtualLoop loop;
    const Task<> sleeper = loop.create_task(sleep_and_note(trace, "sleeper", 0));
    loop.create_task(cancel_then_note(sleeper, trace));
    loop.create_task(step(trace, "other", 2));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"cancelled it", "other 0", "sleeper cancelled", "other 1"}));
}

Coroutine<> acquire(Lock& lock) { co_await lock.acquire(); }

TEST(Task, CancelledWhileItWaitsLeavesTheQueue)  // Rule 62.
{
    Event event;
    Lock lock;
    VirtualLoop loop;
    loop.run(acquire(lock));
    const Task<> at_event = loop.create_task(wait_for_ever(event));
    const Task<> at_lock = loop.create_task(acquire(lock));
    loop.run_until_idle();
    at_event.cancel();
    at_lock.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(at_event.cancelled());
    EXPECT_TRUE(at_lock.cancelled());
    lock.release();
    EXPECT_FALSE(lock.locked());  // Nobody was left to get it.
}

Coroutine<int> swallow_cancel(Event& event)
{
    try {
        co_await event.wait();
    } catch (const CancelledError&) {
    }
    co_return 7;
}

TEST(Task, CancelIsPassedOnToTheInnermostAwaitedTask)  // Rules 63 and 65.
{
    Trace trace;
    VirtualLoop loop;
    const Task<int> inner = loop.create_task(answer_after(1000), "inner");
    const Task<> middle = loop.create_task(join(inner, trace, "middle"));
    const Task<> other = loop.create_task(join(inner, trace, "other"));
    loop.run_until_idle();
    middle.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(inner.cancelled());
    EXPECT_EQ(trace, (Trace{"middle: cancelled", "other: cancelled"}));
}

TEST(Task, WhoseInnerTaskSwallowsTheCancelGoesOn)  // Rule 64.
{
    Trace trace;
    Event never;
    VirtualLoop loop;
    const Task<int> inner = loop.create_task(swallow_cancel(never));
    const Task<> outer = loop.create_task(join(inner, trace, "outer"));
    loop.run_until_idle();
    outer.cancel();
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"outer: 7"});
    EXPECT_FALSE(outer.cancelled());
}

Coroutine<> clean_up(Trace& trace, Event& event)
{
    for (int i = 0; i < 2; ++i) {
        bool cancelled = false;
        try {
            co_await event.wait();
        } catch (const CancelledError&) {
            cancelled = true;
        }
        if (cancelled) {
            co_await sleep_ms(5);
            trace.push_back("cleaned up " + std::to_string(i));
        }
    }
}

TEST(Task, MayCatchACancelAndAwaitInItsCleanupAndALaterCancelIsANewOne)  // Rule 66.
{
    Trace trace;
    Event never;
    VirtualLoop loop;
    const Task<> task = loop.create_task(clean_up(trace, never));
    for (int i = 0; i < 2; ++i) {
        loop.run_until_idle();
        task.cancel();
        loop.advance(5ms);
    }
    EXPECT_EQ(trace, (Trace{"cleaned up 0", "cleaned up 1"}));
    EXPECT_TRUE(task.done());
    EXPECT_FALSE(task.cancelled());
}

Coroutine<std::string> cancel_oneself()
{
    std::string message;
    try {
        current_task().cancel();
    } catch (const RuntimeError& error) {
        message = error.what();
    }
    co_return message;
}

TEST(Task, ThatCancelsItselfThrowsRuntimeError)  // Rule 67.
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(cancel_oneself()), "can't cancel self");
}

Coroutine<int> cancel_ancestor(AnyTask& ancestor, bool then_awaits)
{
    co_await sleep_ms(1);
    ancestor.cancel();
    if (then_awaits) {
        co_await sleep_ms(1000);
    }
    co_return 7;
}

void expect_both_cancelled(bool then_awaits)
{
    Trace trace;
    AnyTask ancestor;
    VirtualLoop loop;
    const Task<int> inner = loop.create_task(cancel_ancestor(ancestor, then_awaits));
    ancestor = loop.create_task(join(inner, trace, "ancestor"));
    loop.advance(5ms);
    EXPECT_TRUE(inner.cancelled());
    EXPECT_EQ(trace, Trace{"ancestor: cancelled"});
}

TEST(Task, CancelOfAnAncestorReachesTheRunningTaskAtItsNextAwait)  // Rule 68.
{
    expect_both_cancelled(true);
}

TEST(Task, CancelOfAnAncestorIsNotLostWhenTheRunningTaskEndsFirst)  // Rule 68.
{
    expect_both_cancelled(false);
}

Coroutine<> cancel_after(AnyTask& victim, std::int64_t ms)
{
    co_await sleep_ms(ms);
    EXPECT_TRUE(victim.cancel());
}

Coroutine<> join_void(Task<> task, Trace& trace)
{
    std::string end = "joined";
    try {
        co_await task;
    } catch (const CancelledError&) {
        end = "cancelled";
    }
    trace.push_back(end);
}

TEST(Task, CancelledInTheTurnInWhichTheAwaitedTaskEndedIsStillCancelled)  // Rule 69.
{
    Trace trace;
    AnyTask waiter;
    VirtualLoop loop;
    const Task<> inner = loop.create_task(note_after(trace, "inner ends", 1));
    loop.create_task(cancel_after(waiter, 1));
    waiter = loop.create_task(join_void(inner, trace));
    loop.advance(1ms);
    EXPECT_EQ(trace, (Trace{"inner ends", "cancelled"}));
    EXPECT_FALSE(inner.cancelled());
}

Coroutine<> await_handle(AnyTask& other) { co_await other; }

TEST(Task, OfACycleOfAwaitsCanBeCancelled)  // Rule 52; MicroPython hangs in cancel().
{
    AnyTask first;
    AnyTask second;
    AnyTask third;
    VirtualLoop loop;
    first = loop.create_task(await_handle(second));
    second = loop.create_task(await_handle(third));
    third = loop.create_task(await_handle(first));
    loop.run_until_idle();
    EXPECT_TRUE(second.cancel());
    loop.run_until_idle();
    EXPECT_TRUE(first.cancelled());
    EXPECT_TRUE(second.cancelled());
    EXPECT_TRUE(third.cancelled());
}

Coroutine<> cancel_each_turn(AnyTask& victim, int& turns)
{
    for (;;) {
        try {
            if (++turns > 1) {  // Both have started.
                victim.cancel();
            }
            co_await sleep_ms(0);
        } catch (const CancelledError&) {
        }
        if (turns >= 100) {
            break;
        }
    }
}

TEST(Task, ThatCancelsAnotherEveryTurnStarvesNobody)  // Rule 71.
{
    Trace trace;
    AnyTask one;
    AnyTask two;
    int turns_of_one = 0;
    int turns_of_two = 0;
    VirtualLoop loop;
    one = loop.create_task(cancel_each_turn(two, turns_of_one));
    two = loop.create_task(cancel_each_turn(one, turns_of_two));
    loop.create_task(step(trace, "other", 3));
    loop.run_until_idle();
    EXPECT_EQ(trace.size(), 3U);
    EXPECT_GE(turns_of_one, 100);
    EXPECT_GE(turns_of_two, 100);
}

}  // namespace
}  // namespace asyncio
