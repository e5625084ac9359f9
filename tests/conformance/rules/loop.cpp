// Rows 182 to 190: the loop object.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

#include <thread>
#include <type_traits>

namespace conformance {
namespace {

asyncio::Coroutine<int> answer() { co_return 42; }

asyncio::Coroutine<> stops_in_run(Trace* trace)
{
    asyncio::get_event_loop().stop();
    co_await yield(2);
    trace->add("went on");
}

asyncio::Coroutine<> never_ends(Trace* trace)
{
    try {
        co_await asyncio::sleep(1000);
    } catch (const asyncio::CancelledError&) {
        trace->add("cleaned up");
        throw;
    }
}

asyncio::Coroutine<> stops()
{
    co_await yield(2);
    asyncio::get_event_loop().stop();
}

asyncio::Coroutine<std::string> replaces_the_loop_inside_a_task()
{
    std::string message = "accepted";
    try {
        asyncio::new_event_loop();
    } catch (const asyncio::RuntimeError& error) {
        message = error.what();
    }
    EXPECT_TRUE(asyncio::get_event_loop().is_running());
    EXPECT_FALSE(asyncio::get_event_loop().is_closed());
    co_return message;
}

asyncio::Coroutine<> starts_an_endless_task(Trace* trace)
{
    asyncio::create_task(never_ends(trace));
    co_await asyncio::sleep(0);
}

}  // namespace

RULE(ThereIsOneLoopAndItCannotBeCreated, 182)
{
    EXPECT_EQ(&asyncio::get_event_loop(), &asyncio::get_event_loop());
    static_assert(!std::is_default_constructible_v<asyncio::Loop>);
    static_assert(!std::is_copy_constructible_v<asyncio::Loop>);
}

RULE(RunForeverRunsUntilStop, 183)
{
    asyncio::create_task(stops());
    asyncio::get_event_loop().run_forever();
    EXPECT_FALSE(asyncio::get_event_loop().is_running());
}

RULE(StopOutsideRunForeverDoesNothing, 185)
{
    Trace trace;
    asyncio::get_event_loop().stop();
    asyncio::run(stops_in_run(&trace));
    EXPECT_EQ(trace.str(), "went on");
}

KERNEL_RULE(ANewLoopCleansUpTheOldOne, 187)
{
    Trace trace;
    asyncio::run(starts_an_endless_task(&trace));
    asyncio::new_event_loop();
    EXPECT_EQ(trace.str(), "cleaned up");
    EXPECT_EQ(asyncio::run(answer()), 42);
}

RULE(TheLoopCannotBeReplacedFromInside, 188, 189)
{
    EXPECT_EQ(asyncio::run(replaces_the_loop_inside_a_task()),
              "cannot replace the event loop from inside a task");
}

KERNEL_RULE(EachThreadHasItsOwnLoop, 190)
{
    asyncio::Loop* here = &asyncio::get_event_loop();
    asyncio::Loop* there = nullptr;
    int result = 0;
    std::thread other{[&there, &result] {
        there = &asyncio::get_event_loop();
        result = asyncio::run(answer());
    }};
    other.join();
    EXPECT_NE(here, there);
    EXPECT_EQ(result, 42);
}

}  // namespace conformance
