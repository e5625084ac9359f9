// Rows 118 to 133: Event, ThreadSafeFlag and Lock.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

#include <thread>

namespace conformance {
namespace {

asyncio::Coroutine<> waits(asyncio::Event* event, Trace* trace, std::string name)
{
    co_await event->wait();
    trace->add(name);
}

asyncio::Coroutine<> set_and_clear(Trace* trace)
{
    asyncio::Event event;
    asyncio::create_task(waits(&event, trace, "a"));
    asyncio::create_task(waits(&event, trace, "b"));
    co_await asyncio::sleep(0);
    event.set();
    event.clear();
    co_await yield(2);
    EXPECT_FALSE(event.is_set());
}

asyncio::Coroutine<> sets(asyncio::Event* event)
{
    event->set();
    co_return;
}

asyncio::Coroutine<> awaits(asyncio::Event* event) { co_await event->wait(); }

asyncio::Coroutine<> waits_for_flag(asyncio::ThreadSafeFlag* flag) { co_await flag->wait(); }

asyncio::Coroutine<> two_wait_for_one_flag()
{
    asyncio::ThreadSafeFlag flag;
    const asyncio::Task<> first = asyncio::create_task(waits_for_flag(&flag));
    const asyncio::Task<> second = asyncio::create_task(waits_for_flag(&flag));
    bool refused = false;
    try {
        co_await second;
    } catch (const asyncio::RuntimeError&) {
        refused = true;
    }
    EXPECT_TRUE(refused);
    flag.set();
    co_await first;
}

asyncio::Coroutine<> several_sets_count_as_one()
{
    asyncio::ThreadSafeFlag flag;
    flag.set();
    flag.set();
    co_await flag.wait();
    const asyncio::Task<> waiting = asyncio::create_task(waits_for_flag(&flag));
    co_await asyncio::sleep_ms(5);
    EXPECT_FALSE(waiting.done());
    flag.set();
    co_await waiting;
}

asyncio::Coroutine<> releases_a_free_lock()
{
    asyncio::Lock lock;
    std::string message;
    try {
        lock.release();
    } catch (const asyncio::RuntimeError& error) {
        message = error.what();
    }
    EXPECT_EQ(message, "Lock not acquired");
    const bool acquired = co_await lock.acquire();
    EXPECT_TRUE(acquired);
}

asyncio::Coroutine<> takes(asyncio::Lock* lock, Trace* trace, std::string name)
{
    co_await lock->acquire();
    trace->add(name);
    co_await asyncio::sleep(0);
    lock->release();
}

asyncio::Coroutine<> between_release_and_the_next_owner(Trace* trace)
{
    asyncio::Lock lock;
    co_await lock.acquire();
    asyncio::create_task(takes(&lock, trace, "a"));
    const asyncio::Task<> last = asyncio::create_task(takes(&lock, trace, "b"));
    co_await asyncio::sleep(0);
    lock.release();
    EXPECT_TRUE(lock.locked());
    EXPECT_THROW(lock.release(), asyncio::RuntimeError);
    co_await lock.acquire();  // Behind those who wait already.
    trace->add("first owner again");
    lock.release();
    co_await last;
    EXPECT_FALSE(lock.locked());
}

asyncio::Coroutine<> releases(asyncio::Lock* lock)
{
    lock->release();
    co_return;
}

asyncio::Coroutine<> not_reentrant()
{
    asyncio::Lock lock;
    co_await lock.acquire();
    bool again = true;
    try {
        co_await asyncio::wait_for_ms(lock.acquire(), 5);
    } catch (const asyncio::TimeoutError&) {
        again = false;
    }
    EXPECT_FALSE(again);
    const asyncio::Task<> other = asyncio::create_task(releases(&lock));
    co_await other;
    EXPECT_FALSE(lock.locked());
}

asyncio::Coroutine<> fails_with_lock(asyncio::Lock* lock)
{
    const auto held = co_await lock->scoped();
    EXPECT_TRUE(lock->locked());
    throw ValueError{};
}

}  // namespace

RULE(SetAndClearWakesAllPresentWaitersInOrder, 119, 120)
{
    Trace trace;
    asyncio::run(set_and_clear(&trace));
    EXPECT_EQ(trace.str(), "a, b");
}

RULE(AnEventBelongsToNoLoopAndNoRun, 123)
{
    asyncio::Event event;
    asyncio::run(sets(&event));
    asyncio::run(awaits(&event));
    EXPECT_TRUE(event.is_set());
}

RULE(SeveralSetsCountAsOne, 124) { asyncio::run(several_sets_count_as_one()); }

RULE(ASecondWaiterOfAFlagIsRefused, 126) { asyncio::run(two_wait_for_one_flag()); }

RULE(ReleasingAFreeLockIsAnError, 128a, 128b) { asyncio::run(releases_a_free_lock()); }

RULE(ALockStaysLockedOnItsWayToTheNextOwner, 129, 130)
{
    Trace trace;
    asyncio::run(between_release_and_the_next_owner(&trace));
    EXPECT_EQ(trace.str(), "a, b, first owner again");
}

RULE(ALockIsNotReentrantAndAnyTaskMayReleaseIt, 132) { asyncio::run(not_reentrant()); }

RULE(AScopedLockIsReleasedByAnException, 133)
{
    asyncio::Lock lock;
    EXPECT_THROW(asyncio::run(fails_with_lock(&lock)), ValueError);
    EXPECT_FALSE(lock.locked());
}

}  // namespace conformance
