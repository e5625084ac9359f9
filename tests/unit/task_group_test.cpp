#include <asyncio/task_group.hpp>

#include <asyncio/event.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/timeout.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;
using Trace = std::vector<std::string>;

Coroutine<int> works(Trace* trace, std::string name, std::int64_t ms)
{
    try {
        co_await sleep_ms(ms);
        trace->push_back(name + " done");
    } catch (const CancelledError&) {
        trace->push_back(name + " cancelled");
        throw;
    }
    co_return 1;
}

Coroutine<> fails(std::string message, std::int64_t ms)
{
    co_await sleep_ms(ms);
    throw std::runtime_error{message};
}

Coroutine<> fails_in_cleanup(std::string message)
{
    try {
        co_await sleep_ms(100'000);
    } catch (const CancelledError&) {
        throw std::runtime_error{message};
    }
}

/// What comes out of the coroutine.
template <typename T>
Coroutine<std::string> outcome(Coroutine<T> coroutine)
{
    try {
        (void)co_await std::move(coroutine);
    } catch (const CancelledError&) {
        co_return "CancelledError";
    } catch (const std::exception& error) {
        co_return error.what();
    }
    co_return "returned";
}

TEST(TaskGroup, WaitsForAllAndGivesTheResultOfItsBody)
{
    VirtualLoop loop;
    Trace trace;
    const auto body = [](TaskGroup group, Trace* ends) -> Coroutine<int> {
        group.create_task(works(ends, "ann", 20));
        group.create_task(works(ends, "bob", 10), "bob");
        ends->push_back("body done");
        co_return 7;
    };
    EXPECT_EQ(loop.run(task_group(body, &trace)), 7);
    EXPECT_EQ(trace, (Trace{"body done", "bob done", "ann done"}));
    EXPECT_EQ(loop.now(), 20ms);
}

TEST(TaskGroup, AFailureCancelsTheOthersAndTheBody)
{
    VirtualLoop loop;
    Trace trace;
    const auto body = [](TaskGroup group, Trace* ends) -> Coroutine<> {
        group.create_task(works(ends, "ann", 1000));
        group.create_task(fails("no lamp", 10));
        group.create_task(fails_in_cleanup("stuck"));
        (void)co_await works(ends, "body", 1000);
    };
    const auto main = [](auto inner, Trace* ends) -> Coroutine<std::string> {
        auto end = outcome(task_group(inner, ends));
        const std::string word = co_await std::move(end);
        EXPECT_EQ(current_task().cancelling(), 0U);
        co_await sleep_ms(1);  // No cancel is left.
        co_return word;
    };
    EXPECT_EQ(loop.run(main(body, &trace)),
              "unhandled errors in a TaskGroup (2 sub-exceptions): "
              "std::runtime_error: no lamp; std::runtime_error: stuck");
    EXPECT_EQ(trace, (Trace{"ann cancelled", "body cancelled"}));
    EXPECT_EQ(loop.now(), 11ms);
}

TEST(TaskGroup, KeepsEveryException)
{
    VirtualLoop loop;
    const auto body = [](TaskGroup group) -> Coroutine<> {
        group.create_task(fails_in_cleanup("second"));
        group.create_task(fails("first", 10));
        co_return;
    };
    try {
        loop.run(task_group(body));
        FAIL();
    } catch (const ExceptionGroup& group) {
        ASSERT_EQ(group.exceptions().size(), 2U);
        EXPECT_THROW(std::rethrow_exception(group.exceptions()[1]), std::runtime_error);
        const ExceptionGroup copy = group;
        EXPECT_EQ(copy.exceptions().data(), group.exceptions().data());
    }
}

TEST(TaskGroup, AFailingBodyCancelsTheTasks)
{
    VirtualLoop loop;
    Trace trace;
    const auto body = [](TaskGroup group, Trace* ends) -> Coroutine<> {
        group.create_task(works(ends, "ann", 1000));
        co_await sleep_ms(1);
        throw std::runtime_error{"body"};
    };
    EXPECT_EQ(loop.run(outcome(task_group(body, &trace))),
              "unhandled errors in a TaskGroup (1 sub-exception): std::runtime_error: body");
    EXPECT_EQ(trace, Trace{"ann cancelled"});
}

TEST(TaskGroup, ATaskThatIsCancelledAloneIsNoFailure)
{
    VirtualLoop loop;
    Trace trace;
    const auto body = [](TaskGroup group, Trace* ends) -> Coroutine<> {
        Task<int> ann = group.create_task(works(ends, "ann", 1000));
        group.create_task(works(ends, "bob", 10));
        co_await sleep_ms(1);
        ann.cancel();
    };
    loop.run(task_group(body, &trace));
    EXPECT_EQ(trace, (Trace{"ann cancelled", "bob done"}));
}

TEST(TaskGroup, AnExternalCancelCancelsAllAndStays)
{
    for (const std::int64_t body_ms : {1000, 0}) {  // In the body; while waiting for the tasks.
        VirtualLoop loop;
        Trace trace;
        const auto body = [](TaskGroup group, Trace* ends, std::int64_t ms) -> Coroutine<> {
            group.create_task(works(ends, "ann", 500));
            co_await sleep_ms(ms);
        };
        Task<std::string> task = loop.create_task(outcome(task_group(body, &trace, body_ms)));
        loop.advance(10ms);
        task.cancel();
        loop.run_until_idle();
        EXPECT_EQ(task.result(), "CancelledError");
        EXPECT_EQ(trace, Trace{"ann cancelled"});
    }
}

TEST(TaskGroup, AnExternalCancelInTheTurnOfAFailureIsNotLost)
{
    VirtualLoop loop;
    Trace trace;
    const auto body = [](TaskGroup group, Trace* ends) -> Coroutine<> {
        group.create_task(fails("no lamp", 10));
        (void)co_await works(ends, "body", 1000);
    };
    const auto main = [](auto inner, Trace* ends) -> Coroutine<> {
        auto end = outcome(task_group(inner, ends));
        const std::string word = co_await std::move(end);
        ends->push_back(word);
        (void)co_await works(ends, "main", 1000);
    };
    Task<> task = loop.create_task(main(body, &trace));
    const auto cancel_at = [](Task<>* victim) -> Coroutine<> {
        co_await sleep_ms(10);
        victim->cancel();
    };
    loop.create_task(cancel_at(&task));
    loop.advance(10ms);
    ASSERT_EQ(trace.size(), 3U);
    EXPECT_EQ(trace[0], "body cancelled");
    EXPECT_TRUE(trace[1].ends_with("no lamp")) << trace[1];
    EXPECT_EQ(trace[2], "main cancelled");
    EXPECT_TRUE(task.cancelled());
}

TEST(TaskGroup, AFailureWhileTheBodyIsReadyIsNotDeliveredTwice)
{
    // The body becomes ready and the task fails in the same turn.
    VirtualLoop loop;
    const auto body = [](TaskGroup group) -> Coroutine<> {
        group.create_task(fails("no lamp", 10));
        co_await sleep_ms(10);
    };
    const auto main = [](auto inner) -> Coroutine<std::string> {
        auto end = outcome(task_group(inner));
        const std::string word = co_await std::move(end);
        co_await sleep_ms(1);
        co_return word;
    };
    EXPECT_TRUE(loop.run(main(body)).ends_with("no lamp"));
}

TEST(TaskGroup, ATimeoutAroundItIsATimeout)
{
    VirtualLoop loop;
    Trace trace;
    const auto body = [](TaskGroup group, Trace* ends) -> Coroutine<> {
        group.create_task(works(ends, "ann", 5000));
        co_return;
    };
    EXPECT_EQ(loop.run(outcome(timeout(1.0, task_group(body, &trace)))), TimeoutError{}.what());
    EXPECT_EQ(trace, Trace{"ann cancelled"});
}

TEST(TaskGroup, ItsTasksMayAddMore)
{
    VirtualLoop loop;
    Trace trace;
    class Tree {
    public:
        static Coroutine<> grow(TaskGroup group, Trace* ends, int depth)
        {
            co_await sleep_ms(1);
            if (depth > 0) {
                group.create_task(grow(group, ends, depth - 1));
                group.create_task(grow(group, ends, depth - 1));
            } else {
                ends->push_back("leaf");
            }
        }
    };
    loop.run(task_group(Tree::grow, &trace, 4));
    EXPECT_EQ(trace.size(), 16U);
}

TEST(TaskGroup, TakesNoTasksAfterAFailureAndAfterItsEnd)
{
    VirtualLoop loop;
    Trace trace;
    const auto body = [](TaskGroup group, Trace* ends) -> Coroutine<> {
        group.create_task(fails("no lamp", 1));
        try {
            co_await sleep_ms(100);
        } catch (const CancelledError&) {
            try {
                group.create_task(works(ends, "late", 1));
            } catch (const RuntimeError& error) {
                ends->push_back(error.what());
            }
            throw;
        }
    };
    (void)loop.run(outcome(task_group(body, &trace)));
    EXPECT_EQ(trace, Trace{"cannot add a task: the TaskGroup is shutting down"});

    const auto explicitly = [](Trace* ends) -> Coroutine<> {
        TaskGroup group;
        TaskGroup copy{group};
        EXPECT_THROW((void)copy.join(), RuntimeError);
        co_await group.join();
        try {
            copy.create_task(works(ends, "late", 1));
        } catch (const RuntimeError& error) {
            ends->push_back(error.what());
        }
    };
    loop.run(explicitly(&trace));
    EXPECT_EQ(trace.back(), "cannot add a task: the TaskGroup is finished");
}

TEST(TaskGroup, WithoutABodyOnlyJoinThrows)
{
    VirtualLoop loop;
    Trace trace;
    const auto main = [](Trace* ends) -> Coroutine<> {
        TaskGroup group;
        group.create_task(fails("no lamp", 10));
        group.create_task(works(ends, "ann", 1000));
        (void)co_await works(ends, "main", 100);
        co_await group.join();
    };
    EXPECT_TRUE(loop.run(outcome(main(&trace))).ends_with("no lamp"));
    EXPECT_EQ(trace, (Trace{"ann cancelled", "main done"}));
}

TEST(TaskGroup, CancelsItsTasksAndReportsFailuresWhenItIsNotJoined)
{
    VirtualLoop loop;
    Trace trace;
    loop.loop().set_exception_handler([&trace](Loop&, const ExceptionContext& context) {
        try {
            std::rethrow_exception(context.exception);
        } catch (const std::exception& error) {
            trace.push_back("reported: " + std::string{error.what()});
        }
    });
    const auto main = [](Trace* ends) -> Coroutine<> {
        {
            TaskGroup group;
            group.create_task(works(ends, "ann", 1000));
            group.create_task(fails("no lamp", 1));
            group.create_task(fails_in_cleanup("stuck"));
            co_await sleep_ms(1);
            co_await sleep_ms(0);
            TaskGroup untouched;
            untouched.create_task(works(ends, "bob", 1000));
            co_await sleep_ms(1);
        }
        ends->push_back("left");
    };
    loop.run(main(&trace));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann cancelled", "left", "bob cancelled",
                            "reported: unhandled errors in a TaskGroup (2 sub-exceptions): "
                            "std::runtime_error: no lamp; std::runtime_error: stuck"}));
}

TEST(TaskGroup, ASecondCancelWhileItWaitsGoesToItsTasksAgain)
{
    VirtualLoop loop;
    const auto stubborn = []() -> Coroutine<> {
        try {
            co_await sleep_ms(10'000);
        } catch (const CancelledError&) {
        }
        co_await sleep_ms(10'000);
    };
    const auto body = [](TaskGroup group, Coroutine<> child) -> Coroutine<> {
        group.create_task(std::move(child));
        co_return;
    };
    Task<std::string> task = loop.create_task(outcome(task_group(body, stubborn())));
    loop.run_until_idle();
    task.cancel();
    loop.run_until_idle();
    EXPECT_FALSE(task.done());
    task.cancel();
    loop.run_until_idle();
    EXPECT_EQ(task.result(), "CancelledError");
}

TEST(TaskGroup, AClosedLoopLeavesNothingBehind)
{
    Trace trace;
    const auto body = [](TaskGroup group, Trace* ends) -> Coroutine<> {
        group.create_task(works(ends, "ann", 1000));
        co_return;
    };
    {
        VirtualLoop loop;
        loop.create_task(task_group(body, &trace));
        loop.run_until_idle();
    }
    EXPECT_EQ(trace, Trace{"ann cancelled"});
}

}  // namespace
}  // namespace asyncio::test
