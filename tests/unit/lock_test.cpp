#include <asyncio/lock.hpp>

#include "support/trace.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/event.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>
#include <stdexcept>

using namespace std::chrono_literals;

namespace asyncio {
namespace {

using test::note_after;
using test::Trace;

Coroutine<> enter(Lock& lock, Trace& trace, std::string name)
{
    std::string end = "has it";
    try {
        const bool acquired = co_await lock.acquire();
        EXPECT_TRUE(acquired);
    } catch (const CancelledError&) {
        end = "cancelled";
    }
    trace.push_back(name + " " + end);
}

TEST(Lock, ThatIsFreeIsTakenWithoutAYield)  // Rule 128a.
{
    Trace trace;
    Lock lock;
    VirtualLoop loop;
    EXPECT_FALSE(lock.locked());
    loop.create_task(enter(lock, trace, "ann"));
    loop.create_task(note_after(trace, "other", 0));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann has it", "other"}));
    EXPECT_TRUE(lock.locked());
    lock.release();
    EXPECT_FALSE(lock.locked());
}

TEST(Lock, ReleasedWhenItIsFreeThrowsRuntimeError)  // Rule 128b.
{
    Lock lock;
    try {
        lock.release();
        FAIL() << "nothing was thrown";
    } catch (const RuntimeError& error) {
        EXPECT_STREQ(error.what(), "Lock not acquired");
    }
}

TEST(Lock, IsNotReentrant)  // Rule 132.
{
    Trace trace;
    Lock lock;
    VirtualLoop loop;
    loop.run(enter(lock, trace, "once"));
    EXPECT_THROW(loop.run(enter(lock, trace, "again")), RuntimeError);  // A deadlock.
    EXPECT_EQ(trace, Trace{"once has it"});
}

TEST(Lock, GoesToThoseWhoWaitInTheOrderTheyCameAndNobodyTakesItInBetween)  // Rules 129 and 130.
{
    Trace trace;
    Lock lock;
    VirtualLoop loop;
    loop.create_task(enter(lock, trace, "ann"));
    loop.create_task(enter(lock, trace, "bob"));
    loop.create_task(enter(lock, trace, "cid"));
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"ann has it"});

    lock.release();
    EXPECT_TRUE(lock.locked());  // On its way to bob.
    loop.create_task(enter(lock, trace, "barger"));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann has it", "bob has it"}));

    lock.release();
    loop.run_until_idle();
    EXPECT_EQ(trace.back(), "cid has it");
    lock.release();
    loop.run_until_idle();
    EXPECT_EQ(trace.back(), "barger has it");
}

TEST(Lock, PassesOnWhenItsNextOwnerIsCancelledBeforeItRuns)  // Rules 70 and 131.
{
    Trace trace;
    Lock lock;
    VirtualLoop loop;
    loop.create_task(enter(lock, trace, "ann"));
    const Task<> bob = loop.create_task(enter(lock, trace, "bob"));
    const Task<> cid = loop.create_task(enter(lock, trace, "cid"));
    loop.run_until_idle();
    lock.release();
    bob.cancel();
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann has it", "bob cancelled", "cid has it"}));
    EXPECT_TRUE(lock.locked());
    lock.release();
    EXPECT_FALSE(lock.locked());
}

TEST(Lock, IsFreeWhenItsOnlyNextOwnerIsCancelledBeforeItRuns)  // Rule 131.
{
    Trace trace;
    Lock lock;
    VirtualLoop loop;
    loop.create_task(enter(lock, trace, "ann"));
    const Task<> bob = loop.create_task(enter(lock, trace, "bob"));
    loop.run_until_idle();
    lock.release();
    bob.cancel();
    loop.run_until_idle();
    EXPECT_FALSE(lock.locked());
}

TEST(Lock, CancelledInTheQueueLeavesTheOwnerItsLock)
{
    Trace trace;
    Lock lock;
    VirtualLoop loop;
    loop.create_task(enter(lock, trace, "ann"));
    const Task<> bob = loop.create_task(enter(lock, trace, "bob"));
    loop.create_task(enter(lock, trace, "cid"));
    loop.run_until_idle();
    bob.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(lock.locked());
    lock.release();
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann has it", "bob cancelled", "cid has it"}));
}

Coroutine<> hold_for_a_scope(Lock& lock, bool fail)
{
    {
        auto held = co_await lock.scoped();
        EXPECT_TRUE(lock.locked());
        co_await sleep_ms(5);
        if (fail) {
            throw std::runtime_error{"inside"};
        }
    }
    EXPECT_FALSE(lock.locked());
}

TEST(Lock, ScopedIsReleasedAtTheEndOfTheScopeByAReturnAnExceptionOrACancel)  // Rule 133.
{
    Lock lock;
    VirtualLoop loop;
    loop.run(hold_for_a_scope(lock, false));
    EXPECT_FALSE(lock.locked());
    EXPECT_THROW(loop.run(hold_for_a_scope(lock, true)), std::runtime_error);
    EXPECT_FALSE(lock.locked());
    const Task<> task = loop.create_task(hold_for_a_scope(lock, false));
    loop.run_until_idle();
    EXPECT_TRUE(lock.locked());
    task.cancel();
    loop.run_until_idle();
    EXPECT_FALSE(lock.locked());
}

Coroutine<> take_and_move(Lock& lock, Trace& trace)
{
    Lock::Held outer = co_await lock.scoped();
    {
        const Lock::Held inner = std::move(outer);
        trace.push_back(lock.locked() ? "locked" : "free");
    }
    trace.push_back(lock.locked() ? "locked" : "free");
}

TEST(Lock, HeldReleasesOnceThoughItIsMoved)
{
    Trace trace;
    Lock lock;
    VirtualLoop loop;
    loop.run(take_and_move(lock, trace));
    EXPECT_EQ(trace, (Trace{"locked", "free"}));
}

/// Swallows every cancel, so that only dropping its frame ends it.
Coroutine<> insist(Lock& lock, Event& go)
{
    for (;;) {
        try {
            auto held = co_await lock.scoped();
            co_await go.wait();
        } catch (const CancelledError&) {
        }
    }
}

TEST(Lock, IsFreedByTasksThatAreDroppedWhileTheyHoldItOrWaitForIt)
{
    Lock lock;
    Event never;
    {
        VirtualLoop loop;
        loop.create_task(insist(lock, never));
        loop.create_task(insist(lock, never));
        loop.create_task(insist(lock, never));
        loop.run_until_idle();
        EXPECT_TRUE(lock.locked());
    }
    EXPECT_FALSE(lock.locked());
}

}  // namespace
}  // namespace asyncio
