#include <asyncio/task.hpp>

#include "support/trace.hpp"
#include "task_stories.hpp"

#include <asyncio/event.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <stdexcept>

using namespace std::chrono_literals;

namespace asyncio {
namespace {

using test::answer_after;
using test::Farewell;
using test::join;
using test::keep;
using test::note;
using test::note_after;
using test::step;
using test::Trace;
using test::wait_for_ever;

Coroutine<int> fail_after(std::int64_t ms, std::string message)
{
    co_await sleep_ms(ms);
    throw std::runtime_error{message};
}

// --- Creating -------------------------------------------------------------------------------

Coroutine<> create_two(Trace& trace)
{
    create_task(note(trace, "first"));
    create_task(note(trace, "second"));
    trace.push_back("creator");
    co_await sleep_ms(0);
    trace.push_back("creator again");
}

TEST(Task, FirstRunsAfterItsCreatorYieldsInTheOrderOfCreation)  // Rule 42.
{
    Trace trace;
    VirtualLoop loop;
    loop.run(create_two(trace));
    EXPECT_EQ(trace, (Trace{"creator", "first", "second", "creator again"}));
}

TEST(Task, GoesOnWhenItsHandleIsDropped)
{
    Trace trace;
    VirtualLoop loop;
    loop.create_task(note_after(trace, "done", 5));
    loop.advance(5ms);
    EXPECT_EQ(trace, Trace{"done"});
}

TEST(Task, IsNamedByItsCreatorOrByItsNumber)
{
    Trace trace;
    VirtualLoop loop;
    const AnyTask named = loop.create_task(note(trace, "x"), "blink");
    const AnyTask second = loop.create_task(note(trace, "y"));
    EXPECT_EQ(named.name(), "blink");
    EXPECT_EQ(second.name(), "Task-2");
}

Coroutine<int> hold(std::shared_ptr<int> value) { co_return *value; }

TEST(Task, OfAClosedLoopIsRefusedAndItsCoroutineDestroyed)
{
    Trace trace;
    VirtualLoop loop;
    loop.loop().close();
    const auto value = std::make_shared<int>(1);
    EXPECT_THROW(loop.create_task(hold(value)), RuntimeError);
    EXPECT_EQ(value.use_count(), 1);
}

TEST(Task, DestroysItsParametersWhenItEndsEvenWhileAHandleLives)
{
    Trace trace;
    VirtualLoop loop;
    const Task<> task = loop.create_task(keep(Farewell{trace, "parameter"}, trace));
    loop.advance(1ms);
    EXPECT_EQ(trace, (Trace{"body", "~parameter"}));
    EXPECT_TRUE(task.done());
}

TEST(Task, HandleOutlivesItsLoop)
{
    Event never;
    Task<int> ended;
    Task<> dropped;
    {
        VirtualLoop loop;
        ended = loop.create_task(answer_after(1));
        dropped = loop.create_task(wait_for_ever(never), "waiter");
        loop.advance(1ms);
    }
    EXPECT_EQ(ended.result(), 42);
    EXPECT_TRUE(dropped.done());
    EXPECT_TRUE(dropped.cancelled());
    EXPECT_FALSE(dropped.cancel());
    EXPECT_EQ(dropped.name(), "waiter");
    EXPECT_THROW(dropped.result(), CancelledError);
}

TEST(Task, HandleThatRefersToNoTaskThrowsRuntimeError)
{
    const Task<int> none;
    EXPECT_FALSE(none);
    EXPECT_THROW((void)none.done(), RuntimeError);
    EXPECT_THROW((void)none.cancel(), RuntimeError);
}

Coroutine<> compare_with_current(AnyTask& expected)
{
    EXPECT_EQ(current_task(), expected);
    co_await sleep_ms(1);
    EXPECT_EQ(current_task(), expected);
}

TEST(Task, IsTheCurrentTaskWhileItRuns)  // Rule 44.
{
    AnyTask first;
    AnyTask second;
    VirtualLoop loop;
    first = loop.create_task(compare_with_current(first));
    second = loop.create_task(compare_with_current(second));
    loop.advance(1ms);
    EXPECT_TRUE(second.done());
    EXPECT_THROW((void)current_task(), RuntimeError);
}

// --- Its end --------------------------------------------------------------------------------

TEST(Task, IsDoneOnlyWhenItHasEnded)  // Rule 45.
{
    VirtualLoop loop;
    const Task<int> task = loop.create_task(answer_after(2));
    EXPECT_FALSE(task.done());
    loop.advance(1ms);
    EXPECT_FALSE(task.done());
    EXPECT_THROW((void)task.result(), RuntimeError);
    EXPECT_THROW((void)task.exception(), RuntimeError);
    loop.advance(1ms);
    EXPECT_TRUE(task.done());
    EXPECT_FALSE(task.cancelled());
    EXPECT_EQ(task.exception(), nullptr);
    EXPECT_EQ(task.result(), 42);
}

Coroutine<> await_again_and_again(Task<int> task, Trace& trace)
{
    for (int i = 0; i < 3; ++i) {
        const int value = co_await task;
        trace.push_back(std::to_string(value));
    }
}

TEST(Task, ThatEndedIsAwaitedWithoutAYieldAndAsOftenAsOneLikes)  // Rule 47.
{
    Trace trace;
    VirtualLoop loop;
    const Task<int> task = loop.create_task(answer_after(0));
    loop.run_until_idle();
    loop.create_task(await_again_and_again(task, trace));
    loop.create_task(note(trace, "other"));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"42", "42", "42", "other"}));
}

TEST(Task, ThatFailedThrowsTheSameAtEveryAwait)  // Rule 48, a crash in MicroPython.
{
    Trace trace;
    VirtualLoop loop;
    const Task<int> task = loop.create_task(fail_after(1, "broken"));
    loop.create_task(join(task, trace, "early"));
    loop.advance(1ms);
    loop.create_task(join(task, trace, "late"));
    loop.run_until_idle();
    loop.create_task(join(task, trace, "later"));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"early: broken", "late: broken", "later: broken"}));
}

TEST(Task, WakesAllWhoAwaitItInTheOrderTheyCame)  // Rule 49.
{
    Trace trace;
    VirtualLoop loop;
    const Task<int> task = loop.create_task(answer_after(5));
    loop.create_task(join(task, trace, "ann"));
    loop.create_task(join(task, trace, "bob"));
    loop.create_task(join(task, trace, "cid"));
    loop.advance(5ms);
    EXPECT_EQ(trace, (Trace{"ann: 42", "bob: 42", "cid: 42"}));
}

TEST(Task, WakesWhoAwaitsItBehindWhatIsReadyAlready)  // Rule 50.
{
    Trace trace;
    VirtualLoop loop;
    const Task<int> task = loop.create_task(answer_after(0));
    loop.create_task(join(task, trace, "waiter"));
    loop.create_task(step(trace, "other", 2));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"other 0", "other 1", "waiter: 42"}));
}

Coroutine<std::unique_ptr<int>> box() { co_return std::make_unique<int>(7); }

Coroutine<int> unbox(Task<std::unique_ptr<int>> task)
{
    const std::unique_ptr<int> value = co_await task;
    co_return *value;
}

TEST(Task, MovesAResultThatCannotBeCopiedToTheFirstWhoAwaitsIt)
{
    VirtualLoop loop;
    const auto task = loop.create_task(box());
    EXPECT_EQ(loop.run(unbox(task)), 7);
}

Coroutine<> join_any(AnyTask task, Trace& trace)
{
    co_await task;
    trace.push_back("joined");
}

TEST(Task, IsAwaitedThroughAHandleWithoutItsType)
{
    Trace trace;
    VirtualLoop loop;
    loop.run(join_any(loop.create_task(answer_after(3)), trace));
    EXPECT_EQ(trace, Trace{"joined"});
    EXPECT_THROW(loop.run(join_any(loop.create_task(fail_after(3, "x")), trace)),
                 std::runtime_error);
}

Coroutine<std::string> await_oneself()
{
    std::string message;
    try {
        co_await current_task();
    } catch (const RuntimeError& error) {
        message = error.what();
    }
    co_return message;
}

TEST(Task, ThatAwaitsItselfThrowsRuntimeError)  // Rule 52.
{
    VirtualLoop loop;
    const Task<std::string> task = loop.create_task(await_oneself(), "ouroboros");
    loop.run_until_idle();
    EXPECT_EQ(task.result(), "task 'ouroboros' cannot await itself");
}

// --- Reports --------------------------------------------------------------------------------

/// Notes what the handler of the loop is told.
void note_reports(VirtualLoop& loop, Trace& trace)
{
    loop.loop().set_exception_handler([&trace](Loop&, const ExceptionContext& context) {
        try {
            std::rethrow_exception(context.exception);
        } catch (const std::exception& error) {
            trace.push_back(context.message + ": " + context.future.name() + ": " + error.what());
        }
    });
}

TEST(Task, ThatFailsAndIsNotAwaitedIsReportedOnceInTheOrderOfTheFailures)  // Rules 75 and 79.
{
    Trace trace;
    VirtualLoop loop;
    note_reports(loop, trace);
    loop.create_task(fail_after(2, "second"), "slow");
    loop.create_task(fail_after(1, "first"), "quick");
    loop.advance(10ms);
    loop.loop().close();
    EXPECT_EQ(trace, (Trace{"Task exception wasn't retrieved: quick: first",
                            "Task exception wasn't retrieved: slow: second"}));
}

Coroutine<> await_one_turn_later(Trace& trace)
{
    const Task<int> task = create_task(fail_after(0, "late"));
    co_await sleep_ms(0);
    co_await sleep_ms(0);  // It fails in this turn; its report would come in the next.
    EXPECT_TRUE(task.done());
    co_await join(task, trace, "joined");
}

TEST(Task, ThatFailedIsNotReportedWhenItIsAwaitedOneTurnLater)  // Rule 76.
{
    Trace trace;
    VirtualLoop loop;
    note_reports(loop, trace);
    loop.run(await_one_turn_later(trace));
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"joined: late"});
}

TEST(Task, ThatIsAwaitedWhenItFailsIsNotReported)  // Rule 87.
{
    Trace trace;
    VirtualLoop loop;
    note_reports(loop, trace);
    loop.run(join(loop.create_task(fail_after(1, "told")), trace, "waiter"));
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"waiter: told"});
}

TEST(Task, ThatWasCancelledIsNotReported)  // Rule 72.
{
    Trace trace;
    Event never;
    VirtualLoop loop;
    note_reports(loop, trace);
    loop.create_task(wait_for_ever(never)).cancel();
    const Task<> second = loop.create_task(wait_for_ever(never));
    loop.run_until_idle();
    second.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(trace.empty());
}

}  // namespace
}  // namespace asyncio
