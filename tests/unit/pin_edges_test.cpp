// The edges of pins and lines for those who wait for them.
#include "pin_fixture.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/wait_for.hpp>

#include <optional>

namespace pin_tests {
namespace {

using PinEdges = PinTest;

Coroutine<> watch(Pin pin, Trigger trigger, std::vector<Edge>& seen, int count)
{
    for (int i = 0; i < count; ++i) {
        const Edge edge = co_await pin.edge(trigger);
        seen.push_back(edge);
    }
}

TEST_F(PinEdges, AnEdgeWakesItsWaiterWithTheTimeItHappened)
{
    asyncio::VirtualLoop loop;
    const auto start = loop.now();
    std::vector<Edge> seen;
    auto task = loop.create_task(watch(Pin(4, Pin::IN, Pin::PULL_UP), Trigger::both, seen, 2));
    loop.advance(3s);
    EXPECT_TRUE(seen.empty());

    board().drive(4, 0);
    EXPECT_TRUE(seen.empty());  // drive() only schedules.
    loop.advance(20ms);
    board().release(4);
    loop.advance(1s);
    EXPECT_EQ(seen, (std::vector{Edge{false, start + 3s}, Edge{true, start + 3s + 20ms}}));
    EXPECT_TRUE(task.done());
}

TEST_F(PinEdges, ALevelThatDoesNotChangeIsNoEdge)
{
    asyncio::VirtualLoop loop;
    std::vector<Edge> seen;
    loop.create_task(watch(Pin(4, Pin::IN, Pin::PULL_UP), Trigger::both, seen, 1));
    loop.run_until_idle();
    board().drive(4, 1);
    board().release(4);
    loop.run_until_idle();
    EXPECT_TRUE(seen.empty());
}

TEST_F(PinEdges, TheTriggerSkipsTheOtherEdges)
{
    asyncio::VirtualLoop loop;
    std::vector<Edge> seen;
    loop.create_task(watch(Pin(4, Pin::IN, Pin::PULL_UP), Pin::IRQ_FALLING, seen, 3));
    loop.run_until_idle();
    for (int i = 0; i < 3; ++i) {
        board().drive(4, 0);
        board().release(4);
    }
    loop.run_until_idle();
    ASSERT_EQ(seen.size(), 3U);
    for (const Edge& edge : seen) {
        EXPECT_FALSE(edge.rising);
    }
}

TEST_F(PinEdges, AnEdgeThatTheTriggerDoesNotNameDoesNotWakeTheWaiter)
{
    asyncio::VirtualLoop loop;
    std::vector<Edge> seen;
    loop.create_task(watch(Pin(4, Pin::IN, Pin::PULL_UP), Pin::IRQ_RISING, seen, 1));
    loop.run_until_idle();
    board().drive(4, 0);
    loop.run_until_idle();
    EXPECT_TRUE(seen.empty());
    board().release(4);
    loop.run_until_idle();
    EXPECT_EQ(seen, (std::vector{Edge{true, loop.now()}}));
}

Coroutine<> watch_slowly(Pin pin, std::vector<Edge>& seen)
{
    for (;;) {
        const Edge edge = co_await pin.edge();
        seen.push_back(edge);
        co_await asyncio::sleep_ms(1000);
    }
}

TEST_F(PinEdges, NoEdgeIsLostBetweenTwoWaits)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN, Pin::PULL_DOWN);
    std::vector<Edge> seen;
    loop.create_task(watch_slowly(pin, seen));
    loop.run_until_idle();
    for (int i = 0; i < 100; ++i) {
        board().drive(4, i % 2 == 0 ? 1 : 0);
    }
    loop.advance(200s);
    ASSERT_EQ(seen.size(), 100U);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        EXPECT_EQ(seen[i].rising, i % 2 == 0) << i;
    }
    EXPECT_EQ(pin.lost_edges(), 0U);
}

TEST_F(PinEdges, EdgesThatFindNoRoomAreCounted)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN, Pin::PULL_DOWN);
    (void)pin.edge();  // Edges are kept from now on.
    for (int i = 0; i < 1100; ++i) {
        board().drive(4, i % 2 == 0 ? 1 : 0);
    }
    EXPECT_EQ(pin.lost_edges(), 76U);
    std::vector<Edge> seen;
    loop.create_task(watch(pin, Trigger::both, seen, 2000));
    loop.run_until_idle();
    EXPECT_EQ(seen.size(), 1024U);
}

TEST_F(PinEdges, ACancelledWaitTakesNoEdge)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN, Pin::PULL_DOWN);
    std::vector<Edge> seen;
    auto first = loop.create_task(watch(pin, Trigger::both, seen, 1));
    loop.run_until_idle();
    board().drive(4, 1);
    first.cancel();  // The edge is there, but the task did not run yet.
    loop.run_until_idle();
    EXPECT_TRUE(first.cancelled());
    EXPECT_TRUE(seen.empty());

    loop.create_task(watch(pin, Trigger::both, seen, 1));
    loop.run_until_idle();
    EXPECT_EQ(seen.size(), 1U);
}

Coroutine<Edge> edge_within(Pin pin, int ms)
{
    const Edge edge = co_await asyncio::wait_for_ms(pin.edge(), ms);
    co_return edge;
}

TEST_F(PinEdges, AWaitForAnEdgeCanTimeOut)
{
    asyncio::VirtualLoop loop;
    EXPECT_THROW((void)loop.run(edge_within(Pin(4, Pin::IN), 50)), asyncio::TimeoutError);
}

TEST_F(PinEdges, ASecondWaiterIsRefused)
{
    asyncio::VirtualLoop loop;
    loop.loop().set_exception_handler([](asyncio::Loop&, const asyncio::ExceptionContext&) {});
    Pin pin(4, Pin::IN, Pin::PULL_DOWN);
    std::vector<Edge> seen;
    loop.create_task(watch(pin, Trigger::both, seen, 1));
    auto second = loop.create_task(watch(pin, Trigger::both, seen, 1));
    loop.run_until_idle();
    ASSERT_TRUE(second.done());
    EXPECT_THROW(second.result(), asyncio::RuntimeError);
    board().drive(4, 1);
    loop.run_until_idle();
    EXPECT_EQ(seen.size(), 1U) << "the first one goes on";
}

Coroutine<> watch_line(machine::Line& line, std::string& how_it_ended)
{
    try {
        const Edge edge = co_await line.edge();
        how_it_ended = edge.rising ? "rising" : "falling";
    } catch (const asyncio::RuntimeError& error) {
        how_it_ended = error.what();
    }
}

TEST_F(PinEdges, AReleasedLineWakesItsWaiterWithAnError)
{
    asyncio::VirtualLoop loop;
    std::optional<machine::Line> line{std::in_place, machine::LineAddress{"simulated", 4}};
    std::string how_it_ended;
    loop.create_task(watch_line(*line, how_it_ended));
    loop.run_until_idle();
    line.reset();
    loop.run_until_idle();
    EXPECT_EQ(how_it_ended, "the line 'GPIO4' was released");
}

TEST_F(PinEdges, AnOutputsOwnChangesAreEdges)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::OUT, {}, 0);
    std::vector<Edge> seen;
    loop.create_task(watch(pin, Trigger::both, seen, 3));
    loop.run_until_idle();
    pin.on();
    pin.on();
    pin.off();
    loop.run_until_idle();
    EXPECT_EQ(seen, (std::vector{Edge{true, loop.now()}, Edge{false, loop.now()}}));

    pin.init(Pin::IN);
    board().drive(4, 1);
    loop.run_until_idle();
    EXPECT_EQ(seen.size(), 3U) << "and as an input, those from outside";
}

TEST_F(PinEdges, WhatAPinReadsWhenItBecomesAnInputIsNoEdge)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::OUT, Pin::PULL_UP, 0);
    std::vector<Edge> seen;
    loop.create_task(watch(pin, Trigger::both, seen, 1));
    loop.run_until_idle();
    pin.init(Pin::IN);
    EXPECT_EQ(pin.value(), 1);
    loop.run_until_idle();
    EXPECT_TRUE(seen.empty());
}

TEST_F(PinEdges, AnInputThatBecomesAnOutputOfAnotherValueIsAnEdge)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN, Pin::PULL_DOWN);
    std::vector<Edge> seen;
    loop.create_task(watch(pin, Trigger::both, seen, 9));
    loop.run_until_idle();
    pin.init(Pin::OUT, {}, 1);
    pin.init(Pin::OUT, {}, 1);
    pin.init(Pin::OPEN_DRAIN, {}, 0);
    loop.run_until_idle();
    EXPECT_EQ(seen, (std::vector{Edge{true, loop.now()}, Edge{false, loop.now()}}));
}

TEST_F(PinEdges, AnActiveLowLineHasItsValuesAndEdgesTurnedRound)
{
    asyncio::VirtualLoop loop;
    machine::Line line{machine::LineAddress{"simulated", 4},
                       machine::LineConfig{machine::Mode::in, machine::Bias::up, {}, true}};
    EXPECT_EQ(line.value(), 0);
    std::vector<Edge> seen;
    line.watch([&seen](const Edge& edge) { seen.push_back(edge); });
    board().drive(4, 0);
    EXPECT_EQ(line.value(), 1);
    loop.run_until_idle();
    EXPECT_EQ(seen, (std::vector{Edge{true, loop.now()}}));

    line.configure(machine::LineConfig{machine::Mode::out, machine::Bias::as_is, true, true});
    EXPECT_EQ(board().level(4), 0);
    line.value(0);
    EXPECT_EQ(board().level(4), 1);
}

TEST_F(PinEdges, ALineThatBecomesActiveLowKeepsItsLevel)
{
    board().drive(4, 1);
    board().release(4);
    machine::Line line{machine::LineAddress{"simulated", 4}};
    EXPECT_EQ(line.value(), 1);
    line.configure(machine::LineConfig{machine::Mode::out, machine::Bias::as_is, {}, true});
    EXPECT_EQ(board().level(4), 1);
    EXPECT_EQ(line.value(), 0);
}

// --- irq --------------------------------------------------------------------------------------

TEST_F(PinEdges, IrqAndEdgeBothSeeEveryEdge)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN, Pin::PULL_UP);
    int calls = 0;
    std::vector<Edge> seen;
    pin.irq([&calls](Pin) { ++calls; });
    loop.create_task(watch(pin, Trigger::both, seen, 9));
    loop.run_until_idle();
    board().drive(4, 0);
    board().release(4);
    loop.run_until_idle();
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(seen.size(), 2U);
}

}  // namespace
}  // namespace pin_tests
