#include <asyncio/run.hpp>

#include "support/trace.hpp"

#include <asyncio/event.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>

using namespace std::chrono_literals;

namespace asyncio {
namespace {

using test::note_after;
using test::step;
using test::Trace;

Coroutine<int> answer()
{
    co_await sleep_ms(1);
    co_return 42;
}

Coroutine<> fail_with_a_task_left(Trace& trace)
{
    create_task(note_after(trace, "left", 0));
    throw std::runtime_error{"main failed"};
    co_return;
}

TEST(Run, GivesTheResultOfMain)  // Rule 7.
{
    const VirtualLoop loop;
    EXPECT_EQ(run(answer()), 42);
}

TEST(Run, MayBeCalledAgainAndTasksMayBeCreatedBeforeIt)  // Rule 15.
{
    Trace trace;
    const VirtualLoop loop;
    create_task(note_after(trace, "early", 0));
    EXPECT_TRUE(trace.empty());
    EXPECT_EQ(run(answer()), 42);
    EXPECT_EQ(trace, Trace{"early"});
    EXPECT_EQ(run(answer()), 42);
}

TEST(Run, ThrowsTheExceptionOfMainAtOnceAndReportsNothing)  // Rules 9, 11 and 13.
{
    Trace trace;
    const VirtualLoop loop;
    loop.loop().set_exception_handler(
        [&trace](Loop&, const ExceptionContext&) { trace.push_back("reported"); });
    EXPECT_THROW(run(fail_with_a_task_left(trace)), std::runtime_error);
    EXPECT_TRUE(trace.empty());
    run(answer());
    EXPECT_EQ(trace, Trace{"left"});
}

Coroutine<> cancel(AnyTask victim)
{
    victim.cancel();
    co_return;
}

Coroutine<> have_oneself_cancelled()
{
    create_task(cancel(current_task()));
    co_await sleep_ms(1000);
}

TEST(Run, ThrowsCancelledErrorWhenMainIsCancelled)  // Rule 10.
{
    const VirtualLoop loop;
    EXPECT_THROW(run(have_oneself_cancelled()), CancelledError);
}

Coroutine<> start_and_leave(Trace& trace)
{
    create_task(step(trace, "task", 4));
    co_await sleep_ms(0);
    co_await sleep_ms(0);
}

TEST(Run, LeavesTheOtherTasksToTheNextRun)  // Rule 12.
{
    Trace trace;
    const VirtualLoop loop;
    run(start_and_leave(trace));
    EXPECT_EQ(trace, (Trace{"task 0", "task 1"}));
    run(answer());
    EXPECT_EQ(trace, (Trace{"task 0", "task 1", "task 2", "task 3"}));
}

Coroutine<> end_at_once() { co_return; }

Coroutine<> end_before_others(Trace& trace)
{
    create_task(step(trace, "other", 1));
    co_return;
}

TEST(Run, StopsAtOnceWhenMainEndsThoughOthersAreReady)  // Rule 31.
{
    Trace trace;
    const VirtualLoop loop;
    run(end_before_others(trace));
    EXPECT_TRUE(trace.empty());
    run(end_at_once());  // Its task comes behind the other.
    EXPECT_EQ(trace, Trace{"other 0"});
}

Coroutine<int> hold(std::shared_ptr<int> value) { co_return *value; }

Coroutine<std::string> run_inside(std::shared_ptr<int> value)
{
    std::string message;
    try {
        run(hold(value));
    } catch (const RuntimeError& error) {
        message = error.what();
    }
    co_await sleep_ms(1);  // The outer run goes on unharmed.
    co_return message;
}

TEST(Run, InsideATaskThrowsRuntimeErrorAndDropsTheCoroutine)  // Rule 16, a crash in MicroPython.
{
    const auto value = std::make_shared<int>(1);
    const VirtualLoop loop;
    EXPECT_EQ(run(run_inside(value)), "run() cannot be called from a running event loop");
    EXPECT_EQ(value.use_count(), 1);
}

TEST(Run, InsideTheExceptionHandlerThrowsRuntimeError)
{
    std::string message;
    Trace trace;
    const VirtualLoop loop;
    loop.loop().set_exception_handler([&message](Loop&, const ExceptionContext&) {
        try {
            run(answer());
        } catch (const RuntimeError& error) {
            message = error.what();
        }
    });
    create_task(fail_with_a_task_left(trace));
    run(answer());
    EXPECT_EQ(message, "run() cannot be called from a running event loop");
}

TEST(Run, OnAClosedLoopThrowsRuntimeErrorAndDropsTheCoroutine)
{
    const auto value = std::make_shared<int>(1);
    const VirtualLoop loop;
    loop.loop().close();
    EXPECT_THROW(run(hold(value)), RuntimeError);
    EXPECT_EQ(value.use_count(), 1);
}

}  // namespace
}  // namespace asyncio
