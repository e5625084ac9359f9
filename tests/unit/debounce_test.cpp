// Debounce where the backend has none: what the kernel does is in tests/board.
#include <machine/board.hpp>
#include <machine/pin.hpp>
#include <machine/simulated_board.hpp>

#include <asyncio/testing.hpp>

#include <chrono>
#include <gtest/gtest.h>
#include <stdexcept>
#include <vector>

namespace {

using asyncio::Coroutine;
using machine::Edge;
using machine::Pin;
using namespace std::chrono_literals;

class Debounce : public ::testing::Test {
protected:
    void SetUp() override { machine::use_backend("simulated"); }

    machine::SimulatedBoard& outside() { return machine::simulated_board(); }
};

Coroutine<> watch(Pin pin, std::vector<Edge>& seen)
{
    for (;;) {
        const Edge edge = co_await pin.edge();
        seen.push_back(edge);
    }
}

TEST_F(Debounce, ALevelCountsOnceItHasBeenTheSameForThatLong)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN);
    pin.debounce(10ms);
    EXPECT_EQ(pin.debounce(), 10ms);
    std::vector<Edge> seen;
    auto task = loop.create_task(watch(pin, seen));
    loop.run_until_idle();

    for (const int level : {1, 0, 1, 0, 1}) {  // It bounces for 8 ms.
        outside().drive(4, level);
        loop.advance(2ms);
    }
    EXPECT_TRUE(seen.empty());
    EXPECT_EQ(pin.value(), 0);
    loop.advance(7ms);
    EXPECT_TRUE(seen.empty());
    loop.advance(1ms);
    EXPECT_EQ(seen, (std::vector{Edge{true, loop.now()}}));
    EXPECT_EQ(seen.front().sequence, 1U);
    EXPECT_EQ(pin.value(), 1);
    EXPECT_EQ(pin.lost_edges(), 0U);
    task.cancel();
    loop.run_until_idle();
}

TEST_F(Debounce, AnotherPullChangesTheLevelAsTheWorldOutsideDoes)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN, Pin::PULL_DOWN);
    pin.debounce(10ms);
    std::vector<Edge> seen;
    auto task = loop.create_task(watch(pin, seen));
    loop.run_until_idle();
    pin.pull(Pin::PULL_UP);
    EXPECT_EQ(pin.value(), 0);
    loop.advance(10ms);
    EXPECT_EQ(pin.value(), 1);
    pin.debounce(0ms);
    pin.pull(Pin::PULL_DOWN);
    loop.run_until_idle();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_TRUE(seen[0].rising);
    EXPECT_FALSE(seen[1].rising);
    task.cancel();
    loop.run_until_idle();
}

TEST_F(Debounce, WhatIsBackAsItWasWasNothing)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN);
    pin.debounce(10ms);
    std::vector<Edge> seen;
    auto task = loop.create_task(watch(pin, seen));
    loop.run_until_idle();
    outside().drive(4, 1);
    loop.advance(5ms);
    outside().drive(4, 0);
    loop.advance(1s);
    EXPECT_TRUE(seen.empty());
    EXPECT_EQ(pin.value(), 0);
    task.cancel();
    loop.run_until_idle();
}

TEST_F(Debounce, TheValueIsSteadyWithoutAnybodyWaitingForEdges)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN);
    pin.debounce(10ms);
    outside().drive(4, 1);
    EXPECT_EQ(pin.value(), 0);
    loop.advance(10ms);
    EXPECT_EQ(pin.value(), 1);
}

TEST_F(Debounce, AnotherPeriodCountsFromTheNextChangeOnAndWhatWasSteadyStaysSo)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN);
    pin.debounce(10ms);
    std::vector<Edge> seen;
    auto task = loop.create_task(watch(pin, seen));
    loop.run_until_idle();
    outside().drive(4, 1);
    loop.advance(5ms);
    pin.debounce(100ms);
    EXPECT_EQ(pin.value(), 0) << "it may bounce still";
    loop.advance(5ms);
    EXPECT_EQ(pin.value(), 1);
    EXPECT_EQ(seen, (std::vector{Edge{true, loop.now()}}));
    outside().drive(4, 0);
    loop.advance(99ms);
    EXPECT_EQ(pin.value(), 1);
    loop.advance(1ms);
    EXPECT_EQ(pin.value(), 0);
    EXPECT_EQ(seen.size(), 2U);
    task.cancel();
    loop.run_until_idle();
}

TEST_F(Debounce, TheSteadyValueTurnsRoundWithItsMeaningWhileTheLevelBounces)
{
    asyncio::VirtualLoop loop;
    machine::Line line{{"simulated", 4}, machine::LineConfig{machine::Mode::in}};
    machine::LineConfig config{machine::Mode::in, machine::Bias::as_is, {}, false, 10ms};
    line.configure(config);
    std::vector<Edge> seen;
    line.watch([&seen](const Edge& edge) { seen.push_back(edge); });
    outside().drive(4, 1);
    loop.advance(5ms);
    config.active_low = true;
    line.configure(config);
    EXPECT_EQ(line.value(), 1) << "the steady level is low";
    loop.advance(5ms);
    EXPECT_EQ(line.value(), 0);
    EXPECT_EQ(seen, (std::vector{Edge{false, loop.now()}}));
}

TEST_F(Debounce, EndsWithThePeriodOrWithTheMode)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN);
    pin.debounce(10ms);
    outside().drive(4, 1);
    pin.debounce(0us);
    EXPECT_EQ(pin.value(), 1);
    pin.debounce(10ms);
    pin.init(Pin::OUT, {}, 0);
    EXPECT_EQ(pin.debounce(), 10ms) << "kept for the next IN";
    outside().release(4);
    EXPECT_EQ(pin.value(), 0);
    pin.on();
    EXPECT_EQ(pin.value(), 1);
    pin.init(Pin::IN);
    outside().drive(4, 0);
    EXPECT_EQ(pin.value(), 1);
    loop.advance(10ms);
    EXPECT_EQ(pin.value(), 0);
}

TEST_F(Debounce, GoesOnInTheNextLoop)
{
    Pin pin(4, Pin::IN);
    std::vector<Edge> seen;
    {
        asyncio::VirtualLoop first;
        pin.debounce(10ms);
        outside().drive(4, 1);
        first.run_until_idle();
    }
    asyncio::VirtualLoop second;
    auto task = second.create_task(watch(pin, seen));
    second.run_until_idle();
    second.advance(1h);
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_TRUE(seen.front().rising);
    task.cancel();
    second.run_until_idle();
}

TEST_F(Debounce, APinThatGoesMeanwhileLeavesNothingBehind)
{
    asyncio::VirtualLoop loop;
    {
        Pin pin(4, Pin::IN);
        pin.debounce(10ms);
        outside().drive(4, 1);
        loop.advance(1ms);
    }
    loop.run_until_idle();
    loop.advance(1s);
    EXPECT_FALSE(machine::board().info(machine::LineAddress{"simulated", 4}).used);
}

TEST_F(Debounce, ATimeThatMakesNoSenseIsRefused)
{
    Pin pin(4, Pin::IN);
    EXPECT_THROW(pin.debounce(-1us), std::invalid_argument);
    EXPECT_THROW(pin.debounce(61s), std::invalid_argument);
    EXPECT_EQ(pin.debounce(), 0us);
}

}  // namespace
