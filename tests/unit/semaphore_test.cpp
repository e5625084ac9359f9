#include <asyncio/semaphore.hpp>

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace asyncio::test {
namespace {

using Trace = std::vector<std::string>;

Coroutine<> guest(Semaphore& door, Trace& trace, std::string name)
{
    try {
        co_await door.acquire();
        trace.push_back(name + " in");
    } catch (const CancelledError&) {
        trace.push_back(name + " cancelled");
        throw;
    }
}

TEST(Semaphore, LetsAsManyInAsItHasPermits)
{
    Trace trace;
    Semaphore door{2};
    VirtualLoop loop;
    for (const char* name : {"ann", "bob", "cid"}) {
        loop.create_task(guest(door, trace, name));
    }
    EXPECT_FALSE(door.locked());
    loop.run_until_idle();
    EXPECT_TRUE(door.locked());
    EXPECT_EQ(trace, (Trace{"ann in", "bob in"}));
    door.release();
    loop.run_until_idle();
    EXPECT_EQ(trace.back(), "cid in");
    door.release();
    door.release();
    door.release();
    EXPECT_FALSE(door.locked());
}

TEST(Semaphore, NobodyGetsInBetween)
{
    Trace trace;
    Semaphore door{0};
    VirtualLoop loop;
    loop.create_task(guest(door, trace, "ann"));
    loop.run_until_idle();
    door.release();
    EXPECT_TRUE(door.locked());  // It is Ann's.
    loop.create_task(guest(door, trace, "bob"));
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"ann in"});
    door.release();
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann in", "bob in"}));
}

TEST(Semaphore, ACancelWhileWaitingTakesNoPermit)
{
    Trace trace;
    Semaphore door{0};
    VirtualLoop loop;
    Task<> ann = loop.create_task(guest(door, trace, "ann"));
    loop.run_until_idle();
    ann.cancel();
    door.release();  // In the same turn: Ann has left the queue already.
    EXPECT_FALSE(door.locked());
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"ann cancelled"});
}

TEST(Semaphore, ACancelAfterThePermitWasPassedPassesItOn)
{
    Trace trace;
    Semaphore door{0};
    VirtualLoop loop;
    Task<> ann = loop.create_task(guest(door, trace, "ann"));
    loop.create_task(guest(door, trace, "bob"));
    loop.run_until_idle();
    door.release();
    ann.cancel();
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann cancelled", "bob in"}));
    EXPECT_TRUE(door.locked());
}

TEST(Semaphore, ADroppedOwnerToBePassesThePermitOn)
{
    Trace trace;
    Semaphore door{0};
    {
        VirtualLoop loop;
        loop.create_task(guest(door, trace, "ann"));
        loop.run_until_idle();
        door.release();
    }
    EXPECT_FALSE(door.locked());
}

TEST(Semaphore, ScopedReleasesAtTheEndOfTheScope)
{
    Semaphore door{1};
    VirtualLoop loop;
    const auto visit = [](Semaphore* semaphore) -> Coroutine<bool> {
        bool locked_inside = false;
        {
            auto held = co_await semaphore->scoped();
            locked_inside = semaphore->locked();
        }
        co_return locked_inside && !semaphore->locked();
    };
    EXPECT_TRUE(loop.run(visit(&door)));
}

TEST(BoundedSemaphore, RefusesToBeReleasedTooOften)
{
    BoundedSemaphore door{1};
    VirtualLoop loop;
    EXPECT_THROW(door.release(), RuntimeError);
    Trace trace;
    loop.run(guest(door, trace, "ann"));
    EXPECT_TRUE(door.locked());
    door.release();
    EXPECT_THROW(door.release(), RuntimeError);
}

}  // namespace
}  // namespace asyncio::test
