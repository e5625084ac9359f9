#include <asyncio/as_completed.hpp>

#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

Coroutine<int> gives(int value, std::int64_t ms)
{
    co_await sleep_ms(ms);
    co_return value;
}

Coroutine<std::vector<int>> collect(std::vector<Task<int>> tasks, detail::TimeLimit limit,
                                    bool* timed_out)
{
    std::vector<int> all;
    auto completed = as_completed(tasks, limit);
    try {
        auto task = co_await completed.next();
        while (task) {
            all.push_back(task.result());
            task = co_await completed.next();
        }
    } catch (const TimeoutError&) {
        *timed_out = true;
    }
    co_return all;
}

TEST(AsCompleted, GivesTasksInTheOrderTheyEnd)
{
    VirtualLoop loop;
    std::vector<Task<int>> tasks{loop.create_task(gives(1, 30)), loop.create_task(gives(2, 10)),
                                 loop.create_task(gives(3, 20))};
    bool timed_out = false;
    EXPECT_EQ(loop.run(collect(tasks, std::nullopt, &timed_out)), (std::vector{2, 3, 1}));
    EXPECT_EQ(loop.now(), 30ms);
    // Those that have ended already come at once.
    EXPECT_EQ(loop.run(collect(tasks, std::nullopt, &timed_out)), (std::vector{1, 2, 3}));
    EXPECT_TRUE(loop.run(collect({}, std::nullopt, &timed_out)).empty());
    EXPECT_FALSE(timed_out);
}

TEST(AsCompleted, ThrowsTimeoutErrorAndStopsNoTask)
{
    VirtualLoop loop;
    std::vector<Task<int>> tasks{loop.create_task(gives(1, 30)), loop.create_task(gives(2, 10))};
    bool timed_out = false;
    EXPECT_EQ(loop.run(collect(tasks, 20ms, &timed_out)), std::vector{2});
    EXPECT_TRUE(timed_out);
    EXPECT_EQ(loop.now(), 20ms);
    loop.advance(10ms);
    EXPECT_EQ(tasks[0].result(), 1);
}

TEST(AsCompleted, WhatEndsAtTheDeadlineIsInTime)
{
    VirtualLoop loop;
    std::vector<Task<int>> tasks{loop.create_task(gives(1, 30))};
    bool timed_out = false;
    EXPECT_EQ(loop.run(collect(tasks, 30ms, &timed_out)), std::vector{1});
    EXPECT_FALSE(timed_out);
}

Coroutine<std::string> next_of(AsCompleted<int> completed)
{
    try {
        const Task<int> task = co_await completed.next();
        co_return task ? std::to_string(task.result()) : "none";
    } catch (const CancelledError&) {
        co_return "cancelled";
    }
}

TEST(AsCompleted, ACancelledNextLosesNoTask)
{
    VirtualLoop loop;
    std::vector<Task<int>> tasks{loop.create_task(gives(1, 10)), loop.create_task(gives(2, 20))};
    auto completed = as_completed(tasks);
    auto first = loop.create_task(next_of(completed));
    loop.run_until_idle();
    first.cancel();  // While it waits.
    loop.run_until_idle();
    EXPECT_EQ(first.result(), "cancelled");

    auto second = loop.create_task(next_of(completed));
    loop.run_until_idle();
    (void)loop.loop().run_until_complete(tasks[0]);
    second.cancel();  // When its task was chosen already.
    loop.run_until_idle();
    EXPECT_EQ(second.result(), "cancelled");

    EXPECT_EQ(loop.run(next_of(completed)), "1");
    EXPECT_EQ(loop.run(next_of(completed)), "2");
    EXPECT_EQ(loop.run(next_of(completed)), "none");
}

TEST(AsCompleted, SeveralMayWait)
{
    VirtualLoop loop;
    std::vector<Task<int>> tasks{loop.create_task(gives(1, 10)), loop.create_task(gives(2, 20))};
    const auto main = [](std::vector<Task<int>> all) -> Coroutine<std::string> {
        auto completed = as_completed(all);
        auto a = create_task(next_of(completed));
        auto b = create_task(next_of(completed));
        auto c = create_task(next_of(completed));
        const std::string first = co_await a;
        const std::string second = co_await b;
        const std::string third = co_await c;
        co_return first + second + third;
    };
    EXPECT_EQ(loop.run(main(tasks)), "12none");
}

TEST(AsCompleted, MayBeDroppedAtAnyTime)
{
    VirtualLoop loop;
    Task<int> task = loop.create_task(gives(1, 10));
    const auto main = [](Task<int> only) -> Coroutine<> {
        auto completed = as_completed(std::vector{only}, 0.005);
        co_return;
    };
    loop.run(main(task));
    EXPECT_EQ(loop.loop().run_until_complete(task), 1);
}

}  // namespace
}  // namespace asyncio::test
