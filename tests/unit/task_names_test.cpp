#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace asyncio::test {
namespace {

Coroutine<> nap() { co_await sleep_ms(10); }

TEST(TaskNames, AreGivenOrCounted)
{
    VirtualLoop loop;
    const Task<> first = loop.create_task(nap());
    const Task<> named = loop.create_task(nap(), "pump");
    EXPECT_EQ(first.name(), "Task-1");
    EXPECT_EQ(named.name(), "pump");
    named.set_name("valve");
    EXPECT_EQ(named.name(), "valve");
}

TEST(AllTasks, AreThoseThatHaveNotEndedInTheOrderOfTheirCreation)
{
    VirtualLoop loop;
    const Task<> ann = loop.create_task(nap(), "ann");
    const Task<> bob = loop.create_task(nap(), "bob");
    const auto names = []() -> Coroutine<std::string> {
        std::string all;
        for (const AnyTask& task : all_tasks()) {
            all += task.name() + (task == current_task() ? "(me) " : " ");
        }
        co_return all;
    };
    Task<std::string> lister = loop.create_task(names(), "lister");
    EXPECT_EQ(loop.loop().run_until_complete(lister), "ann bob lister(me) ");
    EXPECT_EQ(all_tasks(), (std::vector<AnyTask>{ann, bob}));
    loop.advance(std::chrono::milliseconds{10});
    EXPECT_TRUE(all_tasks().empty());
}

}  // namespace
}  // namespace asyncio::test
