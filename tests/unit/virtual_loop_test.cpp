#include <asyncio/testing.hpp>

#include "support/trace.hpp"

#include <asyncio/event.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/thread_safe_flag.hpp>

#include <cerrno>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>

using namespace std::chrono_literals;

namespace asyncio {
namespace {

using test::note_after;
using test::Trace;

Coroutine<> wait_for_ever(Event& never) { co_await never.wait(); }

Coroutine<> tick(Trace& trace, VirtualLoop& loop, int ticks)
{
    for (int i = 0; i < ticks; ++i) {
        co_await sleep_ms(10);
        trace.push_back(std::to_string(loop.now() / 1ms));
    }
}

TEST(VirtualLoop, StartsItsClockAtZeroAndMovesItOnlyWhenItIsTold)
{
    Trace trace;
    VirtualLoop loop;
    EXPECT_EQ(loop.now(), 0ns);
    loop.create_task(tick(trace, loop, 2));
    loop.run_until_idle();
    EXPECT_EQ(loop.now(), 0ns);
    EXPECT_TRUE(trace.empty());
    loop.advance(25ms);
    EXPECT_EQ(loop.now(), 25ms);
    EXPECT_EQ(trace, (Trace{"10", "20"}));
}

TEST(VirtualLoop, RunJumpsToTheNextTimer)
{
    Trace trace;
    VirtualLoop loop;
    loop.run(tick(trace, loop, 3));
    EXPECT_EQ(trace, (Trace{"10", "20", "30"}));
    EXPECT_EQ(loop.now(), 30ms);
}

TEST(VirtualLoop, AdvanceWakesEachTimerAtItsTime)
{
    Trace trace;
    VirtualLoop loop;
    loop.create_task(tick(trace, loop, 100));
    loop.advance(1h);
    EXPECT_EQ(trace.size(), 100U);
    EXPECT_EQ(trace[98], "990");
    EXPECT_EQ(loop.now(), 1h);
}

TEST(VirtualLoop, RunThrowsRuntimeErrorWhenNothingCanEverWakeIt)
{
    Event never;
    VirtualLoop loop;
    EXPECT_THROW(loop.run(wait_for_ever(never)), RuntimeError);
    Trace trace;
    loop.run(tick(trace, loop, 1));  // It is still good for others.
    EXPECT_EQ(trace.size(), 1U);
}

TEST(VirtualLoop, IsThisThreadsLoopWhileItLives)
{
    const VirtualLoop outer;
    EXPECT_EQ(&get_event_loop(), &outer.loop());
    {
        const VirtualLoop inner;
        EXPECT_EQ(&get_event_loop(), &inner.loop());
        EXPECT_NE(&get_event_loop(), &outer.loop());
    }
    EXPECT_EQ(&get_event_loop(), &outer.loop());
}

TEST(VirtualLoop, NamesItsSeed)
{
    EXPECT_EQ(VirtualLoop{}.loop().backend(), "simulated (seed 0)");
    EXPECT_EQ(VirtualLoop{7}.loop().backend(), "simulated (seed 7)");
}

Coroutine<> take_flags(std::vector<std::unique_ptr<ThreadSafeFlag>>& flags, std::size_t number,
                       Trace& trace)
{
    co_await flags[number]->wait();
    trace.push_back(std::to_string(number));
}

/// The order in which ten flags that are all set wake their waiters.
Trace order_of_completions(std::uint64_t seed)
{
    Trace trace;
    std::vector<std::unique_ptr<ThreadSafeFlag>> flags;
    VirtualLoop loop{seed};
    for (std::size_t i = 0; i < 10; ++i) {
        flags.push_back(std::make_unique<ThreadSafeFlag>());
        loop.create_task(take_flags(flags, i, trace));
    }
    loop.run_until_idle();
    for (const auto& flag : flags) {
        flag->set();
    }
    loop.run_until_idle();
    return trace;
}

TEST(VirtualLoop, GivesTheSameRunForTheSameSeedAndOthersForOthers)
{
    const Trace in_order{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    EXPECT_EQ(order_of_completions(0), in_order);
    std::size_t different = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Trace trace = order_of_completions(seed);
        EXPECT_EQ(trace.size(), 10U);
        EXPECT_EQ(trace, order_of_completions(seed)) << "seed " << seed;
        different += trace != in_order ? 1U : 0U;
    }
    EXPECT_GE(different, 19U);
}

TEST(VirtualLoop, KeepsTheOrderOfTasksAndTimersWhateverTheSeed)
{
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        Trace trace;
        VirtualLoop loop{seed};
        loop.create_task(note_after(trace, "b", 2));
        loop.create_task(note_after(trace, "c", 2));
        loop.create_task(note_after(trace, "a", 1));
        loop.advance(2ms);
        EXPECT_EQ(trace, (Trace{"a", "b", "c"}));
    }
}

TEST(VirtualLoop, RefusesToFailAKindOfOperationItDoesNotKnow)
{
    VirtualLoop loop;
    EXPECT_THROW(loop.fail("juggle", EIO), std::invalid_argument);
    EXPECT_THROW(loop.shorten("accept", 1), std::invalid_argument);
    EXPECT_THROW(loop.shorten("send", 0), std::invalid_argument);
}

Coroutine<> take_flag(ThreadSafeFlag& flag) { co_await flag.wait(); }

TEST(VirtualLoop, HasNothingInFlightAfterItIsClosed)
{
    Trace trace;
    ThreadSafeFlag flag;
    VirtualLoop loop;
    const Task<> task = loop.create_task(take_flag(flag));
    loop.run_until_idle();
    EXPECT_EQ(loop.operations(), 1U);
    loop.loop().close();
    EXPECT_EQ(loop.operations(), 0U);
    EXPECT_TRUE(task.cancelled());
}

}  // namespace
}  // namespace asyncio
