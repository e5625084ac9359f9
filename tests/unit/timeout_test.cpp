#include "core/scheduler.hpp"

#include <asyncio/timeout.hpp>

#include <asyncio/event.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;
using Trace = std::vector<std::string>;

Coroutine<int> sleeper(std::int64_t ms)
{
    co_await sleep_ms(ms);
    co_return 42;
}

/// What comes out of the coroutine, in a word.
template <typename T>
Coroutine<std::string> outcome(Coroutine<T> coroutine)
{
    try {
        (void)co_await std::move(coroutine);
    } catch (const TimeoutError&) {
        co_return "TimeoutError";
    } catch (const CancelledError&) {
        co_return "CancelledError";
    } catch (const std::exception& error) {
        co_return error.what();
    }
    co_return "returned";
}

TEST(Timeout, GivesTheResultThatIsInTime)
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(timeout(1.0, sleeper(999))), 42);
    EXPECT_EQ(loop.run(timeout(std::nullopt, sleeper(5000))), 42);
    EXPECT_EQ(loop.run(timeout(1s, sleeper(1000))), 42);  // Ready at the deadline.
    EXPECT_FALSE(loop.loop().scheduler().next_timer());
}

TEST(Timeout, ThrowsTimeoutErrorAtTheDeadline)
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(outcome(timeout(1s, sleeper(1001)))), "TimeoutError");
    EXPECT_EQ(loop.now(), 1s);
}

TEST(Timeout, OfZeroOrLessGivesWhatIsReadyATurn)
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(timeout(0.0, sleeper(0))), 42);
    EXPECT_EQ(loop.run(outcome(timeout(-1.0, sleeper(1)))), "TimeoutError");
    EXPECT_EQ(loop.now(), 0s);
}

TEST(Timeout, MakesNoTask)
{
    VirtualLoop loop;
    const auto body = [](AnyTask outer) -> Coroutine<bool> {
        co_await sleep_ms(1);
        co_return current_task() == outer&& all_tasks().size() == 1;
    };
    const auto main = [](auto inner) -> Coroutine<bool> {
        co_return co_await timeout(1.0, inner(current_task()));
    };
    EXPECT_TRUE(loop.run(main(body)));
}

TEST(Timeout, LetsCleanupRunAndLeavesNoCancelBehind)
{
    VirtualLoop loop;
    const auto body = [](Trace* trace) -> Coroutine<> {
        bool cancelled = false;
        try {
            co_await sleep_ms(2000);
        } catch (const CancelledError&) {
            cancelled = true;
        }
        co_await sleep_ms(10);
        trace->push_back("cleaned up");
        if (cancelled) {
            throw CancelledError{};
        }
    };
    const auto main = [](auto inner, Trace* trace) -> Coroutine<std::uint32_t> {
        auto end = outcome(timeout(1.0, inner(trace)));
        const std::string word = co_await std::move(end);
        trace->push_back(word);
        co_await sleep_ms(10);  // Nothing is left to be delivered.
        co_return current_task().cancelling();
    };
    Trace trace;
    EXPECT_EQ(loop.run(main(body, &trace)), 0U);
    EXPECT_EQ(trace, (Trace{"cleaned up", "TimeoutError"}));
    EXPECT_EQ(loop.now(), 1020ms);
}

TEST(Timeout, AnExternalCancelStaysCancelledError)
{
    VirtualLoop loop;
    Task<std::string> task = loop.create_task(outcome(timeout(1.0, sleeper(2000))));
    loop.run_until_idle();
    task.cancel();
    loop.run_until_idle();
    EXPECT_EQ(task.result(), "CancelledError");
}

TEST(Timeout, AnExternalCancelInTheTurnOfTheDeadlineStaysCancelledError)
{
    for (const bool before : {true, false}) {
        VirtualLoop loop;
        const auto cancel_at = [](Task<std::string>* victim) -> Coroutine<> {
            co_await sleep_ms(1000);
            victim->cancel();
        };
        Task<std::string> task;
        if (before) {
            loop.create_task(cancel_at(&task));
        }
        task = loop.create_task(outcome(timeout(1.0, sleeper(2000))));
        if (!before) {
            loop.create_task(cancel_at(&task));
        }
        loop.advance(1s);
        EXPECT_EQ(task.result(), "CancelledError") << before;
    }
}

TEST(Timeout, AnExternalCancelDuringTheCleanupStaysCancelledError)
{
    VirtualLoop loop;
    const auto body = []() -> Coroutine<> {
        try {
            co_await sleep_ms(2000);
        } catch (const CancelledError&) {
        }
        co_await sleep_ms(1000);
    };
    Task<std::string> task = loop.create_task(outcome(timeout(1.0, body())));
    loop.advance(1500ms);
    task.cancel();
    loop.run_until_idle();
    EXPECT_EQ(task.result(), "CancelledError");
}

TEST(Timeout, InnerAndOuterAreToldApart)
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(outcome(timeout(2.0, timeout(1.0, sleeper(3000))))), "TimeoutError");
    const auto main = [](double outer, double inner) -> Coroutine<std::string> {
        auto caught_inside = outcome(timeout(inner, sleeper(3000)));
        auto caught_outside = outcome(timeout(outer, std::move(caught_inside)));
        co_return co_await std::move(caught_outside);
    };
    EXPECT_EQ(loop.run(main(2.0, 1.0)), "returned");  // The inner one was caught inside.
    const auto report = [](double outer, double inner, Trace* trace) -> Coroutine<> {
        const auto inside = [](double limit, Trace* ends) -> Coroutine<> {
            try {
                (void)co_await timeout(limit, sleeper(3000));
            } catch (const TimeoutError&) {
                ends->push_back("inner TimeoutError");
            } catch (const CancelledError&) {
                ends->push_back("inner CancelledError");
                throw;
            }
        };
        try {
            co_await timeout(outer, inside(inner, trace));
            trace->push_back("outer returned");
        } catch (const TimeoutError&) {
            trace->push_back("outer TimeoutError");
        }
    };
    Trace trace;
    loop.run(report(1.0, 2.0, &trace));
    EXPECT_EQ(trace, (Trace{"inner CancelledError", "outer TimeoutError"}));
    trace.clear();
    loop.run(report(2.0, 1.0, &trace));
    EXPECT_EQ(trace, (Trace{"inner TimeoutError", "outer returned"}));
    trace.clear();
    loop.run(report(1.0, 1.0, &trace));  // Both at once: the outer one has the say.
    EXPECT_EQ(trace, (Trace{"inner CancelledError", "outer TimeoutError"}));
}

TEST(Timeout, AnotherExceptionGetsItsWay)
{
    VirtualLoop loop;
    const auto body = []() -> Coroutine<> {
        try {
            co_await sleep_ms(2000);
        } catch (const CancelledError&) {
        }
        throw std::runtime_error{"broken"};
    };
    const auto main = [](auto inner) -> Coroutine<std::string> {
        const Timeout limit = timeout(1.0);
        auto end = outcome(limit.run(inner()));
        const std::string word = co_await std::move(end);
        co_await sleep_ms(1);
        co_return word + (limit.expired() ? " expired" : "");
    };
    EXPECT_EQ(loop.run(main(body)), "broken expired");
}

TEST(Timeout, ABodyThatSwallowsTheCancelReturns)
{
    VirtualLoop loop;
    const auto body = []() -> Coroutine<> {
        try {
            co_await sleep_ms(2000);
        } catch (const CancelledError&) {
        }
    };
    EXPECT_EQ(loop.run(outcome(timeout(1.0, body()))), "returned");
}

TEST(Timeout, CanBeRescheduled)
{
    VirtualLoop loop;
    const auto body = [](Timeout limit) -> Coroutine<> {
        for (int i = 0; i < 3; ++i) {
            co_await sleep_ms(900);
            limit.reschedule(1.0);
        }
        EXPECT_EQ(limit.when(), Clock::now() + 1s);
        limit.reschedule(Clock::now() + 2s);
        co_await sleep_ms(1900);
        limit.reschedule(std::nullopt);
        EXPECT_FALSE(limit.when());
        co_await sleep_ms(5000);
        limit.reschedule(0.5);
        co_await sleep_ms(5000);
    };
    const auto main = [](auto inner) -> Coroutine<std::string> {
        auto limit = timeout(1.0);
        EXPECT_THROW(limit.reschedule(1.0), RuntimeError);  // Not entered yet.
        auto end = outcome(limit.run(inner(limit)));
        const std::string word = co_await std::move(end);
        EXPECT_TRUE(limit.expired());
        EXPECT_THROW(limit.reschedule(1.0), RuntimeError);
        auto again = outcome(limit.run(inner(limit)));
        const std::string second = co_await std::move(again);
        co_return word + ", " + second;
    };
    EXPECT_EQ(loop.run(main(body)), "TimeoutError, the timeout has been used before");
    EXPECT_EQ(loop.now(), 2700ms + 1900ms + 5000ms + 500ms);
}

TEST(Timeout, CountsFromTheCallOrUpToAPointInTime)
{
    VirtualLoop loop;
    const auto main = []() -> Coroutine<std::string> {
        auto limit = timeout(1.0);
        co_await sleep_ms(600);
        auto end = outcome(limit.run(sleeper(500)));
        const std::string first = co_await std::move(end);
        auto end_at = outcome(timeout_at(Clock::now() + 100ms, sleeper(200)));
        const std::string second = co_await std::move(end_at);
        co_return first + " " + second;
    };
    EXPECT_EQ(loop.run(main()), "TimeoutError TimeoutError");
    EXPECT_EQ(loop.now(), 1100ms);
}

TEST(Timeout, TakesAnAwaiterToo)
{
    Event never;
    VirtualLoop loop;
    EXPECT_EQ(loop.run(outcome(timeout(1.0, never.wait()))), "TimeoutError");
    never.set();
    EXPECT_EQ(loop.run(outcome(timeout(1.0, never.wait()))), "returned");
}

TEST(Timeout, CancelsTheTaskItsTaskWaitsFor)
{
    VirtualLoop loop;
    const auto main = []() -> Coroutine<bool> {
        Task<int> task = create_task(sleeper(5000));
        try {
            (void)co_await timeout(1.0, task);
        } catch (const TimeoutError&) {
            co_return task.cancelled();
        }
        co_return false;
    };
    EXPECT_TRUE(loop.run(main()));
}

TEST(Task, CountsItsCancelsAndTakesThemBack)
{
    VirtualLoop loop;
    const auto body = []() -> Coroutine<> {
        for (int i = 0; i < 2; ++i) {
            try {
                co_await sleep_ms(1000);
            } catch (const CancelledError&) {
            }
        }
    };
    Task<> task = loop.create_task(body());
    loop.run_until_idle();
    EXPECT_EQ(task.cancelling(), 0U);
    task.cancel();
    task.cancel();
    EXPECT_EQ(task.cancelling(), 2U);
    EXPECT_EQ(task.uncancel(), 1U);
    EXPECT_EQ(task.uncancel(), 0U);
    EXPECT_EQ(task.uncancel(), 0U);
    loop.run_until_idle();
    EXPECT_FALSE(task.done());  // The wait was interrupted all the same, once.
}

}  // namespace
}  // namespace asyncio::test
