#include <asyncio/sleep.hpp>

#include "core/scheduler.hpp"
#include "support/trace.hpp"

#include <asyncio/testing.hpp>

#include <cstdint>
#include <gtest/gtest.h>
#include <limits>
#include <stdexcept>

using namespace std::chrono_literals;

namespace asyncio {
namespace {

using test::note_after;
using test::step;
using test::Trace;

Coroutine<> sleep_seconds(Trace& trace, double seconds)
{
    co_await sleep(seconds);
    trace.push_back("woke");
}

Coroutine<> sleep_duration(Trace& trace, std::chrono::microseconds duration)
{
    co_await sleep(duration);
    trace.push_back("woke");
}

TEST(Sleep, LastsToTheVeryNanosecondInEveryUnit)
{
    Trace trace;
    VirtualLoop loop;
    loop.create_task(sleep_seconds(trace, 1.5));
    loop.advance(1'499'999'999ns);
    EXPECT_TRUE(trace.empty());
    loop.advance(1ns);
    EXPECT_EQ(trace.size(), 1U);

    loop.create_task(sleep_duration(trace, 250us));
    loop.advance(249'999ns);
    EXPECT_EQ(trace.size(), 1U);
    loop.advance(1ns);
    EXPECT_EQ(trace.size(), 2U);

    loop.create_task(note_after(trace, "woke", 3'600'000));
    loop.advance(1h - 1ns);
    EXPECT_EQ(trace.size(), 2U);
    loop.advance(1ns);
    EXPECT_EQ(trace.size(), 3U);
}

TEST(Sleep, WithTheSameDeadlineEndsInTheOrderInWhichItBegan)  // Rule 24.
{
    Trace trace;
    Trace expected;
    VirtualLoop loop;
    for (int i = 0; i < 200; ++i) {
        expected.push_back(std::to_string(i));
        loop.create_task(note_after(trace, std::to_string(i), 20));
    }
    loop.advance(20ms);
    EXPECT_EQ(trace, expected);
}

TEST(Sleep, EndsInTheOrderOfTheDeadlines)
{
    Trace trace;
    VirtualLoop loop;
    for (const int ms : {30, 10, 20, 5, 25}) {
        loop.create_task(note_after(trace, std::to_string(ms), ms));
    }
    loop.advance(1s);
    EXPECT_EQ(trace, (Trace{"5", "10", "20", "25", "30"}));
}

TEST(Sleep, OfZeroOrLessYieldsExactlyOnce)  // Rule 33.
{
    for (const std::int64_t ms :
         {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()}) {
        Trace trace;
        VirtualLoop loop;
        loop.create_task(note_after(trace, "slept", ms));
        loop.create_task(step(trace, "other", 2));
        loop.run_until_idle();
        EXPECT_EQ(trace, (Trace{"other 0", "slept", "other 1"})) << ms << " ms";
    }
}

Coroutine<> two_sleeps(Trace& trace, VirtualLoop& loop)
{
    auto longer = sleep_ms(200);
    auto shorter = sleep_ms(20);
    co_await std::move(longer);
    trace.push_back(std::to_string(loop.now() / 1ms));
    co_await std::move(shorter);
    trace.push_back(std::to_string(loop.now() / 1ms));
}

TEST(Sleep, IsAValueOfItsOwnCountedFromTheAwait)  // Rules 35 and 36.
{
    Trace trace;
    VirtualLoop loop;
    loop.run(two_sleeps(trace, loop));
    EXPECT_EQ(trace, (Trace{"200", "220"}));
}

TEST(Sleep, OfNaNThrowsInvalidArgument)
{
    EXPECT_THROW((void)sleep(std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
}

TEST(Sleep, BeyondTheClockLastsForEver)
{
    Trace trace;
    VirtualLoop loop;
    loop.advance(1h);
    loop.create_task(sleep_seconds(trace, std::numeric_limits<double>::infinity()));
    loop.create_task(note_after(trace, "woke", std::numeric_limits<std::int64_t>::max()));
    loop.advance(24h * 365 * 100);
    EXPECT_TRUE(trace.empty());
}

TEST(Sleep, OfAnyDurationFitsTheClock)
{
    using detail::to_time;
    EXPECT_EQ(to_time(std::chrono::hours::max()), detail::Time::max());
    EXPECT_EQ(to_time(std::chrono::hours::min()), detail::Time::zero());
    EXPECT_EQ(to_time(std::chrono::duration<double>{-1e300}), detail::Time::zero());
    EXPECT_EQ(to_time(std::chrono::duration<std::int64_t, std::pico>{1}), 1ns);  // Never early.
    EXPECT_EQ(to_time(0.0000000001), 1ns);
}

TEST(Sleep, ThatIsCancelledLeavesNoTimer)
{
    Trace trace;
    VirtualLoop loop;
    const Task<> task = loop.create_task(note_after(trace, "woke", 1000));
    loop.run_until_idle();
    EXPECT_TRUE(loop.loop().scheduler().next_timer().has_value());
    task.cancel();
    loop.run_until_idle();
    EXPECT_FALSE(loop.loop().scheduler().next_timer().has_value());
    EXPECT_TRUE(task.cancelled());
}

}  // namespace
}  // namespace asyncio
