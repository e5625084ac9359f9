#include <asyncio/wait_for.hpp>

#include "support/trace.hpp"

#include "core/scheduler.hpp"

#include <asyncio/event.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>

using namespace std::chrono_literals;

namespace asyncio {
namespace {

using test::Trace;

Coroutine<int> value_after(std::int64_t ms, int value)
{
    co_await sleep_ms(ms);
    co_return value;
}

Coroutine<int> fail_after(std::int64_t ms)
{
    co_await sleep_ms(ms);
    throw std::runtime_error{"inside"};
}

Coroutine<int> value_at_once() { co_return 1; }

Coroutine<std::unique_ptr<int>> box() { co_return std::make_unique<int>(3); }

/// What it does when it is cancelled.
enum class OnCancel { throw_on, swallow, fail };

Coroutine<int> slow(OnCancel on_cancel, std::int64_t cleanup_ms, Trace& trace)
{
    bool cancelled = false;
    try {
        co_await sleep_ms(1000);
    } catch (const CancelledError&) {
        cancelled = true;
    }
    if (cancelled) {
        co_await sleep_ms(cleanup_ms);
        trace.push_back("cleaned up");
        if (on_cancel == OnCancel::throw_on) {
            throw CancelledError{};
        }
        if (on_cancel == OnCancel::fail) {
            throw std::runtime_error{"cleanup failed"};
        }
    }
    co_return 7;
}

TEST(WaitFor, GivesTheValueOrTheExceptionOfWhatEndsInTime)  // Rule 89.
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(wait_for(value_after(10, 42), 1.0)), 42);
    EXPECT_EQ(loop.run(wait_for(value_after(10, 42), 1s)), 42);
    EXPECT_EQ(loop.run(wait_for_ms(value_after(10, 42), 1000)), 42);
    EXPECT_EQ(*loop.run(wait_for(box(), 1)), 3);
    EXPECT_THROW(loop.run(wait_for(fail_after(10), 1)), std::runtime_error);
    EXPECT_EQ(loop.now(), 40ms);
    EXPECT_FALSE(loop.loop().scheduler().next_timer().has_value());  // No limit is left behind.
}

TEST(WaitFor, CancelsWhatIsTooSlowWaitsForItsEndAndThrowsTimeoutError)  // Rule 90.
{
    Trace trace;
    VirtualLoop loop;
    EXPECT_THROW(loop.run(wait_for_ms(slow(OnCancel::throw_on, 30, trace), 20)), TimeoutError);
    EXPECT_EQ(trace, Trace{"cleaned up"});
    EXPECT_EQ(loop.now(), 50ms);
}

TEST(WaitFor, ThrowsTimeoutErrorThoughTheCancelWasSwallowed)  // Rule 91.
{
    Trace trace;
    VirtualLoop loop;
    EXPECT_THROW(loop.run(wait_for_ms(slow(OnCancel::swallow, 0, trace), 20)), TimeoutError);
}

TEST(WaitFor, ThrowsWhatTheCleanupAfterTheTimeoutThrew)  // Rule 92, lost in MicroPython.
{
    Trace trace;
    VirtualLoop loop;
    try {
        loop.run(wait_for_ms(slow(OnCancel::fail, 0, trace), 20));
        FAIL() << "nothing was thrown";
    } catch (const TimeoutError&) {
        FAIL() << "the exception was lost";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "cleanup failed");
    }
}

TEST(WaitFor, WithoutALimitIsAPlainAwait)  // Rule 93.
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(wait_for(value_after(3'600'000, 1), std::nullopt)), 1);
    EXPECT_EQ(*loop.run(wait_for(box(), std::nullopt)), 3);
}

TEST(WaitFor, WithALimitOfZeroOrLessGivesOneTurn)  // Rule 94.
{
    for (const int ms : {0, -5}) {
        VirtualLoop loop;
        EXPECT_EQ(loop.run(wait_for_ms(value_at_once(), ms)), 1);
        EXPECT_THROW(loop.run(wait_for_ms(value_after(1, 1), ms)), TimeoutError);
        EXPECT_EQ(loop.now(), 0ms);
    }
}

TEST(WaitFor, OfATaskThatHasEndedGivesItsValueWhateverTheLimit)  // Rule 95.
{
    VirtualLoop loop;
    const Task<int> task = loop.create_task(value_after(0, 5));
    loop.run_until_idle();
    EXPECT_EQ(loop.run(wait_for(task, 0)), 5);
    EXPECT_EQ(loop.run(wait_for(task, -1)), 5);
}

Coroutine<> wait_and_note(Task<int> task, std::int64_t ms, Trace& trace)
{
    std::string end;
    try {
        const int value = co_await wait_for_ms(task, ms);
        end = std::to_string(value);
    } catch (const CancelledError&) {
        end = "cancelled";
    } catch (const TimeoutError&) {
        end = "timeout";
    }
    trace.push_back("caller: " + end);
}

TEST(WaitFor, CancelledFromOutsideThrowsFirstAndCancelsTheInnerTaskThen)  // Rule 96.
{
    Trace trace;
    VirtualLoop loop;
    const Task<int> inner = loop.create_task(slow(OnCancel::throw_on, 0, trace));
    const Task<> caller = loop.create_task(wait_and_note(inner, 500, trace));
    loop.advance(10ms);
    caller.cancel();
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"caller: cancelled", "cleaned up"}));
    EXPECT_TRUE(inner.cancelled());
}

TEST(WaitFor, CancelDuringTheSlowCleanupAfterATimeoutIsNotLost)  // Rule 97, a bug in MicroPython.
{
    Trace trace;
    VirtualLoop loop;
    const Task<int> inner = loop.create_task(slow(OnCancel::throw_on, 100, trace));
    const Task<> caller = loop.create_task(wait_and_note(inner, 20, trace));
    loop.advance(50ms);
    caller.cancel();
    loop.advance(1s);
    EXPECT_EQ(trace, (Trace{"caller: cancelled", "cleaned up"}));
}

Coroutine<> cancel_after(AnyTask victim, std::int64_t ms)
{
    co_await sleep_ms(ms);
    victim.cancel();
}

TEST(WaitFor, CancelInTheTurnInWhichTheInnerTaskEndsIsDelivered)  // Rule 98.
{
    Trace trace;
    VirtualLoop loop;
    const Task<int> inner = loop.create_task(value_after(10, 1));
    const Task<> caller = loop.create_task(wait_and_note(inner, 500, trace));
    loop.create_task(cancel_after(caller, 10));
    loop.advance(10ms);
    EXPECT_EQ(trace, Trace{"caller: cancelled"});
}

TEST(WaitFor, OfATaskThatAThirdCancelsThrowsCancelledError)  // Rule 99.
{
    Trace trace;
    VirtualLoop loop;
    const Task<int> inner = loop.create_task(value_after(100, 1));
    loop.create_task(wait_and_note(inner, 500, trace));
    loop.create_task(cancel_after(inner, 10));
    loop.advance(10ms);
    EXPECT_EQ(trace, Trace{"caller: cancelled"});
}

TEST(WaitFor, NeverThrowsAwayAResultThatIsReadyWhenTheTimeIsOver)  // Rule 100, a bug there.
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(wait_for_ms(value_after(5, 1), 5)), 1);
    EXPECT_THROW(loop.run(wait_for_ms(value_after(6, 1), 5)), TimeoutError);
}

Coroutine<> hold(Lock& lock, std::int64_t ms)
{
    auto held = co_await lock.scoped();
    co_await sleep_ms(ms);
}

TEST(WaitFor, TakesWhateverCanBeAwaited)  // Rules 37 and 102.
{
    Event never;
    Lock lock;
    VirtualLoop loop;
    loop.create_task(hold(lock, 50));
    loop.run_until_idle();
    EXPECT_THROW(loop.run(wait_for_ms(sleep(1h), 5)), TimeoutError);
    EXPECT_THROW(loop.run(wait_for_ms(never.wait(), 5)), TimeoutError);
    EXPECT_THROW(loop.run(wait_for_ms(lock.acquire(), 5)), TimeoutError);
    EXPECT_THROW(loop.run(wait_for_ms(gather(value_after(50, 1), sleep_ms(60)), 5)), TimeoutError);
    EXPECT_TRUE(loop.run(wait_for_ms(lock.acquire(), 500)));
    never.set();
    EXPECT_TRUE(loop.run(wait_for_ms(never.wait(), 5)));
}

TEST(WaitFor, LimitsNestInEachOther)
{
    VirtualLoop loop;
    EXPECT_THROW(loop.run(wait_for_ms(wait_for_ms(value_after(100, 1), 50), 10)), TimeoutError);
    EXPECT_EQ(loop.now(), 10ms);
    EXPECT_THROW(loop.run(wait_for_ms(wait_for_ms(value_after(100, 1), 10), 50)), TimeoutError);
    EXPECT_EQ(loop.now(), 20ms);
}

Coroutine<std::string> wait_for_oneself(Task<std::string>& self)
{
    std::string message;
    try {
        message = co_await wait_for_ms(self, 5);
    } catch (const RuntimeError& error) {
        message = error.what();
    }
    co_return message;
}

TEST(WaitFor, OfTheTaskThatWaitsThrowsRuntimeError)
{
    VirtualLoop loop;
    Task<std::string> self;
    self = loop.create_task(wait_for_oneself(self), "me");
    loop.run_until_idle();
    EXPECT_EQ(self.result(), "task 'me' cannot wait for itself");
}

}  // namespace
}  // namespace asyncio
