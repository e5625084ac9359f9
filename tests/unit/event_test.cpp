#include <asyncio/event.hpp>

#include "support/trace.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace asyncio {
namespace {

using test::note_after;
using test::Trace;

Coroutine<> guest(Event& door, Trace& trace, std::string name)
{
    std::string end = "went in";
    try {
        const bool open = co_await door.wait();
        EXPECT_TRUE(open);
    } catch (const CancelledError&) {
        end = "left";
    }
    trace.push_back(name + " " + end);
}

Coroutine<> host(Event& door, std::int64_t delay_ms)
{
    co_await sleep_ms(delay_ms);
    door.set();
}

TEST(Event, StartsClear)
{
    const Event door;
    EXPECT_FALSE(door.is_set());
}

TEST(Event, SetWakesEveryWaiterFirstComeFirstServed)  // Rule 119.
{
    Trace trace;
    Event door;
    VirtualLoop loop;
    loop.create_task(guest(door, trace, "ann"));
    loop.create_task(guest(door, trace, "bob"));
    loop.run_until_idle();

    door.set();
    EXPECT_TRUE(trace.empty());  // set() only schedules: the loop does the resuming.
    EXPECT_TRUE(door.is_set());

    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann went in", "bob went in"}));
    EXPECT_TRUE(door.is_set());
}

TEST(Event, AWaiterSleepsUntilTheVeryMillisecondTheFlagIsSet)
{
    Trace trace;
    Event door;
    VirtualLoop loop;
    loop.create_task(guest(door, trace, "ann"));
    loop.create_task(host(door, 3'600'000));  // One hour, in no time at all.

    loop.advance(3'599'999ms);
    EXPECT_TRUE(trace.empty());
    loop.advance(1ms);
    EXPECT_EQ(trace, Trace{"ann went in"});
}

TEST(Event, ThatIsSetIsAwaitedWithoutAYield)  // Rule 118.
{
    Trace trace;
    Event door;
    door.set();
    VirtualLoop loop;
    loop.create_task(guest(door, trace, "ann"));
    loop.create_task(note_after(trace, "other", 0));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann went in", "other"}));
}

TEST(Event, ClearRightAfterSetStillLetsAllInWhoWaited)  // Rule 120.
{
    Trace trace;
    Event door;
    VirtualLoop loop;
    loop.create_task(guest(door, trace, "ann"));
    loop.create_task(guest(door, trace, "bob"));
    loop.run_until_idle();
    door.set();
    door.clear();
    loop.create_task(guest(door, trace, "late"));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann went in", "bob went in"}));
    EXPECT_FALSE(door.is_set());
    door.set();
    loop.run_until_idle();
    EXPECT_EQ(trace.back(), "late went in");
}

TEST(Event, CancelBeforeSetTakesTheWaiterOut)  // Rule 121.
{
    Trace trace;
    Event door;
    VirtualLoop loop;
    loop.create_task(guest(door, trace, "ann"));
    const Task<> bob = loop.create_task(guest(door, trace, "bob"));
    loop.create_task(guest(door, trace, "cid"));
    loop.run_until_idle();
    bob.cancel();
    door.set();
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"bob left", "ann went in", "cid went in"}));
}

TEST(Event, CancelBetweenSetAndTheWaitersTurnStillCancels)  // Rules 70 and 121.
{
    Trace trace;
    Event door;
    VirtualLoop loop;
    const Task<> ann = loop.create_task(guest(door, trace, "ann"));
    loop.run_until_idle();
    door.set();
    ann.cancel();
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"ann left"});
    EXPECT_TRUE(door.is_set());
}

TEST(Event, BelongsToNoLoop)  // Rule 123.
{
    Trace trace;
    Event door;
    for (const char* name : {"first", "second"}) {
        door.clear();
        VirtualLoop loop;
        loop.create_task(guest(door, trace, name));
        loop.run_until_idle();
        door.set();
        loop.run_until_idle();
    }
    EXPECT_EQ(trace, (Trace{"first went in", "second went in"}));
}

}  // namespace
}  // namespace asyncio
