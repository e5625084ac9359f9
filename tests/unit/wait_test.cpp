#include <asyncio/wait.hpp>

#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <vector>

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

Coroutine<int> gives(int value, std::int64_t ms)
{
    co_await sleep_ms(ms);
    co_return value;
}

Coroutine<int> fails(std::int64_t ms)
{
    co_await sleep_ms(ms);
    throw std::runtime_error{"no lamp"};
}

std::vector<Task<int>> three_tasks(VirtualLoop& loop)
{
    loop.loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
    return {loop.create_task(gives(1, 30)), loop.create_task(fails(20)),
            loop.create_task(gives(3, 10))};
}

TEST(Wait, ReturnsWhenAllHaveEndedInTheirOrder)
{
    VirtualLoop loop;
    const std::vector<Task<int>> tasks = three_tasks(loop);
    const auto waited = loop.run(wait(tasks));
    EXPECT_EQ(waited.done, tasks);
    EXPECT_TRUE(waited.pending.empty());
    EXPECT_EQ(loop.now(), 30ms);
}

TEST(Wait, ReturnsAtTheFirstEnd)
{
    VirtualLoop loop;
    const std::vector<Task<int>> tasks = three_tasks(loop);
    const auto waited = loop.run(wait(tasks, FIRST_COMPLETED));
    EXPECT_EQ(waited.done, std::vector{tasks[2]});
    EXPECT_EQ(waited.pending, (std::vector{tasks[0], tasks[1]}));
    EXPECT_EQ(loop.now(), 10ms);
    EXPECT_EQ(loop.run(wait(tasks, FIRST_COMPLETED)).done.size(), 1U);  // At once.
    EXPECT_EQ(loop.now(), 10ms);
}

TEST(Wait, ReturnsAtTheFirstFailure)
{
    VirtualLoop loop;
    const std::vector<Task<int>> tasks = three_tasks(loop);
    const auto waited = loop.run(wait(tasks, FIRST_EXCEPTION));
    EXPECT_EQ(waited.done, (std::vector{tasks[1], tasks[2]}));
    EXPECT_EQ(waited.pending, std::vector{tasks[0]});
    EXPECT_EQ(loop.now(), 20ms);
}

TEST(Wait, ACancelIsNoFailure)
{
    VirtualLoop loop;
    std::vector<Task<int>> tasks{loop.create_task(gives(1, 30)), loop.create_task(gives(2, 50))};
    tasks[1].cancel();
    EXPECT_EQ(loop.run(wait(tasks, FIRST_EXCEPTION)).done.size(), 2U);
    EXPECT_EQ(loop.now(), 30ms);
}

TEST(Wait, ReturnsWhenTheTimeIsOverAndStopsNothing)
{
    VirtualLoop loop;
    const std::vector<Task<int>> tasks = three_tasks(loop);
    const auto waited = loop.run(wait(tasks, 0.015));
    EXPECT_EQ(waited.done, std::vector{tasks[2]});
    EXPECT_EQ(loop.now(), 15ms);
    loop.advance(15ms);
    EXPECT_EQ(tasks[0].result(), 1);
    EXPECT_NE(tasks[1].exception(), nullptr);
}

TEST(Wait, WhatEndsAtTheDeadlineIsDone)
{
    VirtualLoop loop;
    const std::vector<Task<int>> tasks = three_tasks(loop);
    EXPECT_TRUE(loop.run(wait(tasks, 30ms)).pending.empty());
    EXPECT_EQ(loop.now(), 30ms);
}

TEST(Wait, ACancelOfTheCallerStopsNoTask)
{
    VirtualLoop loop;
    const std::vector<Task<int>> tasks = three_tasks(loop);
    auto waiting = loop.create_task(wait(tasks, 10.0));
    loop.run_until_idle();
    waiting.cancel();
    loop.advance(30ms);
    EXPECT_TRUE(waiting.cancelled());
    EXPECT_EQ(tasks[0].result(), 1);
}

TEST(Wait, ACancelInTheTurnOfTheEndIsNotLost)
{
    VirtualLoop loop;
    Task<int> task = loop.create_task(gives(1, 10));
    auto waiting = loop.create_task(wait(std::vector{task}));
    loop.run_until_idle();
    (void)loop.loop().run_until_complete(task);
    waiting.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(waiting.cancelled());
}

TEST(Wait, TakesHandlesWithoutTypeAndTheSameTwice)
{
    VirtualLoop loop;
    const AnyTask task = loop.create_task(gives(1, 10));
    const auto waited = loop.run(wait(std::vector<AnyTask>{task, task}));
    EXPECT_EQ(waited.done.size(), 2U);
}

TEST(Wait, RefusesNothingAndItself)
{
    VirtualLoop loop;
    EXPECT_THROW(loop.run(wait(std::vector<AnyTask>{})), std::invalid_argument);
    const auto self = []() -> Coroutine<> {
        const std::vector<AnyTask> me{current_task()};
        (void)co_await wait(me);
    };
    EXPECT_THROW(loop.run(self()), RuntimeError);
}

}  // namespace
}  // namespace asyncio::test
