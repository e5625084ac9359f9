#include <asyncio/condition.hpp>

#include <asyncio/detail/awaitable.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace asyncio::test {
namespace {

using Trace = std::vector<std::string>;

Coroutine<> waiter(Condition& condition, Trace& trace, std::string name)
{
    auto held = co_await condition.scoped();
    try {
        co_await condition.wait();
        trace.push_back(name + (condition.locked() ? " notified" : " without lock"));
    } catch (const CancelledError&) {
        trace.push_back(name + (condition.locked() ? " cancelled" : " without lock"));
        throw;
    }
}

Coroutine<> notify(Condition& condition, std::size_t n)
{
    auto held = co_await condition.scoped();
    condition.notify(n);
}

TEST(Condition, WaitReleasesTheLockAndTakesItAgain)
{
    Trace trace;
    Condition condition;
    VirtualLoop loop;
    loop.create_task(waiter(condition, trace, "ann"));
    loop.run_until_idle();
    EXPECT_FALSE(condition.locked());
    loop.run(notify(condition, 1));
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"ann notified"});
    EXPECT_FALSE(condition.locked());
}

TEST(Condition, NotifiesSoManyInTheOrderTheyCame)
{
    Trace trace;
    Condition condition;
    VirtualLoop loop;
    for (const char* name : {"ann", "bob", "cid", "dan"}) {
        loop.create_task(waiter(condition, trace, name));
    }
    loop.run_until_idle();
    loop.run(notify(condition, 2));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann notified", "bob notified"}));
    const auto notify_all = [](Condition* all) -> Coroutine<> {
        auto held = co_await all->scoped();
        all->notify_all();
    };
    loop.run(notify_all(&condition));
    loop.run_until_idle();
    EXPECT_EQ(trace.size(), 4U);
}

TEST(Condition, NeedsItsLock)
{
    Condition condition;
    VirtualLoop loop;
    EXPECT_THROW(condition.notify(), RuntimeError);
    EXPECT_THROW(loop.run(condition.wait()), RuntimeError);
}

TEST(Condition, SharesALock)
{
    Lock lock;
    Condition full{lock};
    Condition empty{lock};
    VirtualLoop loop;
    loop.run(detail::as_coroutine(full.acquire()));
    EXPECT_TRUE(empty.locked());
    empty.release();
    EXPECT_FALSE(lock.locked());
}

TEST(Condition, ACancelledWaitTakesTheLockAgainFirst)
{
    Trace trace;
    Condition condition;
    VirtualLoop loop;
    Task<> ann = loop.create_task(waiter(condition, trace, "ann"));
    loop.run_until_idle();
    loop.run(detail::as_coroutine(condition.acquire()));
    ann.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(trace.empty());  // She waits for the lock, ...
    ann.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(trace.empty());  // ... whatever happens.
    condition.release();
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"ann cancelled"});
    EXPECT_TRUE(ann.cancelled());
    EXPECT_FALSE(condition.locked());
}

TEST(Condition, ANotificationOfACancelledTaskGoesToTheNext)
{
    Trace trace;
    Condition condition;
    VirtualLoop loop;
    Task<> ann = loop.create_task(waiter(condition, trace, "ann"));
    loop.create_task(waiter(condition, trace, "bob"));
    loop.run_until_idle();
    loop.run(detail::as_coroutine(condition.acquire()));
    condition.notify();
    ann.cancel();
    condition.release();
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann cancelled", "bob notified"}));
}

TEST(Condition, ACancelWhileTheLockIsTakenAgainPassesTheNotificationOn)
{
    Trace trace;
    Condition condition;
    VirtualLoop loop;
    Task<> ann = loop.create_task(waiter(condition, trace, "ann"));
    loop.create_task(waiter(condition, trace, "bob"));
    loop.run_until_idle();
    loop.run(detail::as_coroutine(condition.acquire()));
    condition.notify();
    loop.run_until_idle();  // Ann waits for the lock now.
    ann.cancel();
    loop.run_until_idle();
    condition.release();
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann cancelled", "bob notified"}));
}

TEST(Condition, WaitForWaitsUntilThePredicateHolds)
{
    int items = 0;
    Condition condition;
    VirtualLoop loop;
    const auto consumer = [](Condition* changed, int* count) -> Coroutine<int> {
        auto held = co_await changed->scoped();
        const auto enough = [count] { return *count >= 2 ? *count : 0; };
        const int seen = co_await changed->wait_for(enough);
        co_return seen;
    };
    Task<int> task = loop.create_task(consumer(&condition, &items));
    for (items = 1; items <= 3; ++items) {
        EXPECT_FALSE(task.done() && items < 3);
        loop.run(notify(condition, 1));
        loop.run_until_idle();
    }
    EXPECT_EQ(task.result(), 2);
}

}  // namespace
}  // namespace asyncio::test
