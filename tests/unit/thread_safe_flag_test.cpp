#include <asyncio/thread_safe_flag.hpp>

#include "support/trace.hpp"

#include <asyncio/testing.hpp>

#include <cerrno>
#include <gtest/gtest.h>
#include <memory>
#include <thread>

using namespace std::chrono_literals;

namespace asyncio {
namespace {

using test::note_after;
using test::Trace;

Coroutine<> take(ThreadSafeFlag& flag, Trace& trace, std::string name)
{
    std::string end = "got it";
    try {
        co_await flag.wait();
    } catch (const CancelledError&) {
        end = "cancelled";
    } catch (const RuntimeError& error) {
        end = error.what();
    }
    trace.push_back(name + " " + end);
}

TEST(ThreadSafeFlag, SetBeforeTheWaitIsTakenWithoutAYieldAndOnce)  // Rules 124 and 125.
{
    Trace trace;
    ThreadSafeFlag flag;
    VirtualLoop loop;
    flag.set();
    flag.set();
    loop.create_task(take(flag, trace, "first"));
    loop.create_task(note_after(trace, "other", 0));
    loop.run_until_idle();
    loop.create_task(take(flag, trace, "second"));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"first got it", "other"}));
    flag.set();
    loop.run_until_idle();
    EXPECT_EQ(trace.back(), "second got it");
}

TEST(ThreadSafeFlag, ClearForgetsASet)  // Rule 125.
{
    Trace trace;
    ThreadSafeFlag flag;
    VirtualLoop loop;
    flag.set();
    flag.clear();
    loop.create_task(take(flag, trace, "waiter"));
    loop.run_until_idle();
    EXPECT_TRUE(trace.empty());
    flag.set();
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"waiter got it"});
}

TEST(ThreadSafeFlag, WakesItsWaiterFromAnotherThread)
{
    Trace trace;
    ThreadSafeFlag flag;
    VirtualLoop loop;
    std::thread setter{[&flag] {
        std::this_thread::sleep_for(5ms);
        flag.set();
    }};
    loop.run(take(flag, trace, "waiter"));
    setter.join();
    EXPECT_EQ(trace, Trace{"waiter got it"});
    EXPECT_EQ(loop.now(), 0ns);  // Waiting for the kernel does not move the clock.
}

TEST(ThreadSafeFlag, RefusesASecondWaiter)  // Rule 126.
{
    Trace trace;
    ThreadSafeFlag flag;
    VirtualLoop loop;
    loop.create_task(take(flag, trace, "first"));
    loop.create_task(take(flag, trace, "second"));
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"second another task waits for the ThreadSafeFlag already"});
    flag.set();
    loop.run_until_idle();
    EXPECT_EQ(trace.back(), "first got it");
}

TEST(ThreadSafeFlag, CancelLeavesTheFlagAsItIs)
{
    Trace trace;
    ThreadSafeFlag flag;
    VirtualLoop loop;
    const Task<> first = loop.create_task(take(flag, trace, "first"));
    loop.run_until_idle();
    first.cancel();
    flag.set();
    loop.run_until_idle();
    loop.create_task(take(flag, trace, "second"));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"first cancelled", "second got it"}));
}

TEST(ThreadSafeFlag, DestroyedAfterACancelledWaitLeavesNothingInFlight)
{
    Trace trace;
    VirtualLoop loop;
    auto flag = std::make_unique<ThreadSafeFlag>();
    const Task<> task = loop.create_task(take(*flag, trace, "waiter"));
    loop.run_until_idle();
    task.cancel();
    loop.run_until_idle();
    flag.reset();
    loop.run_until_idle();
    EXPECT_EQ(loop.operations(), 0U);
}

TEST(ThreadSafeFlag, ServesOneLoopAfterTheOther)
{
    Trace trace;
    ThreadSafeFlag flag;
    for (const char* name : {"first", "second"}) {
        VirtualLoop loop;
        const Task<> cancelled = loop.create_task(take(flag, trace, name));
        loop.run_until_idle();
        cancelled.cancel();
        loop.create_task(take(flag, trace, name));
        loop.run_until_idle();
        flag.set();
        loop.run_until_idle();
    }
    EXPECT_EQ(trace,
              (Trace{"first cancelled", "first got it", "second cancelled", "second got it"}));
}

TEST(ThreadSafeFlag, SetKeepsErrno)
{
    ThreadSafeFlag flag;
    errno = EDOM;
    flag.set();
    EXPECT_EQ(errno, EDOM);
}

}  // namespace
}  // namespace asyncio
