#include <machine/pin.hpp>

#include <machine/board.hpp>
#include <machine/simulated_board.hpp>

#include <asyncio/errors.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/wait_for.hpp>

#include <chrono>
#include <gtest/gtest.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using asyncio::Coroutine;
using machine::Edge;
using machine::Pin;
using machine::Trigger;
using namespace std::chrono_literals;
using Trace = std::vector<std::string>;

class PinTest : public ::testing::Test {
protected:
    void SetUp() override { machine::use_backend("simulated"); }
    machine::SimulatedBoard& board() { return machine::simulated_board(); }
};

TEST_F(PinTest, IsKnownByNumberAndByName)
{
    Pin pin(17, Pin::OUT, {}, 1);
    EXPECT_EQ(pin.name(), "GPIO17");
    EXPECT_EQ(pin, Pin("GPIO17"));
    EXPECT_EQ(pin, Pin("17"));
    EXPECT_EQ(pin, Pin("simulated:17"));
    machine::board().alias("lamp", pin.address());
    EXPECT_EQ(pin, Pin("lamp"));
    EXPECT_FALSE(pin == Pin(18));
    EXPECT_THROW(Pin(54), std::invalid_argument);
    EXPECT_THROW(Pin("GPIO99"), std::invalid_argument);
}

TEST_F(PinTest, AnOutputShowsNothingButItsFirstValue)
{
    board().drive(17, 1);
    board().release(17);
    Trace trace;
    const auto observer = board().observe([&trace](const machine::LevelChange& change) {
        trace.push_back(std::to_string(change.level));
    });
    Pin high(17, Pin::OUT, {}, 1);
    Pin low(18, Pin::OUT, {}, 0);
    EXPECT_EQ(trace, Trace{});
    high.off();
    EXPECT_EQ(trace, Trace{"0"});
}

TEST_F(PinTest, AnOutputWithoutAValueKeepsTheLevelThatTheLineHas)
{
    board().drive(17, 1);
    board().release(17);
    const Pin pin(17, Pin::OUT);
    EXPECT_EQ(pin.value(), 1);
    EXPECT_EQ(board().level(17), 1);
}

TEST_F(PinTest, OnOffToggleAndCallSetTheLevel)
{
    Pin pin(17, Pin::OUT, {}, 0);
    pin.on();
    EXPECT_EQ(board().level(17), 1);
    pin.off();
    EXPECT_EQ(board().level(17), 0);
    pin.toggle();
    EXPECT_EQ(pin(), 1);
    pin(0);
    EXPECT_EQ(pin(), 0);
    pin.value(-3);
    EXPECT_EQ(pin.value(), 1);
}

TEST_F(PinTest, AValueSetOnAnInputIsRememberedUntilItIsAnOutput)
{
    Pin pin(17, Pin::IN, Pin::PULL_DOWN);
    pin.value(1);
    EXPECT_EQ(pin.value(), 0);
    EXPECT_EQ(board().level(17), 0);
    pin.init(Pin::OUT);
    EXPECT_EQ(board().level(17), 1);
    pin.mode(Pin::IN);
    EXPECT_EQ(board().level(17), 0);
    pin.toggle();
    pin.mode(Pin::OUT);
    EXPECT_EQ(board().level(17), 0);
}

TEST_F(PinTest, InitChangesWhatIsGivenAndLeavesTheRest)
{
    Pin pin(17, Pin::IN, Pin::PULL_UP);
    pin.init(Pin::OUT, {}, 0);
    EXPECT_EQ(pin.mode(), Pin::OUT);
    EXPECT_EQ(pin.pull(), Pin::PULL_UP);
    pin.init({}, Pin::PULL_DOWN);
    EXPECT_EQ(pin.mode(), Pin::OUT);
    EXPECT_EQ(pin.pull(), Pin::PULL_DOWN);
    EXPECT_EQ(pin.value(), 0);
    pin.init({}, {}, 1);
    EXPECT_EQ(pin.value(), 1);
    pin.init();
    EXPECT_EQ(pin.mode(), Pin::OUT);
    EXPECT_EQ(pin.value(), 1);
}

TEST_F(PinTest, TheLineIsReleasedWithItsLastHandle)
{
    const machine::LineAddress address{"simulated", 17};
    {
        std::optional<Pin> first{std::in_place, 17, Pin::OUT, std::nullopt, 1};
        const Pin copy = *first;
        const Pin other("GPIO17");
        EXPECT_EQ(other.mode(), Pin::OUT) << "another Pin for the line changes nothing";
        first.reset();
        EXPECT_EQ(copy.value(), 1);
        EXPECT_TRUE(machine::board().info(address).used);
    }
    EXPECT_FALSE(machine::board().info(address).used);
}

TEST_F(PinTest, ALineThatSomebodyElseHasIsBusy)
{
    const machine::Line line{machine::LineAddress{"simulated", 17}, machine::LineConfig{}, "door"};
    try {
        Pin pin(17, Pin::IN);
        FAIL();
    } catch (const asyncio::OSError& error) {
        EXPECT_EQ(error.code().value(), EBUSY);
        EXPECT_EQ(std::string{error.what()},
                  "cannot request line 17 of 'simulated' (used by 'door'): "
                  "Device or resource busy");
    }
}

// --- Edges ------------------------------------------------------------------------------------

Coroutine<> watch(Pin pin, Trigger trigger, std::vector<Edge>& seen, int count)
{
    for (int i = 0; i < count; ++i) {
        const Edge edge = co_await pin.edge(trigger);
        seen.push_back(edge);
    }
}

TEST_F(PinTest, AnEdgeWakesItsWaiterWithTheTimeItHappened)
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

TEST_F(PinTest, ALevelThatDoesNotChangeIsNoEdge)
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

TEST_F(PinTest, TheTriggerSkipsTheOtherEdges)
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

TEST_F(PinTest, AnEdgeThatTheTriggerDoesNotNameDoesNotWakeTheWaiter)
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

TEST_F(PinTest, NoEdgeIsLostBetweenTwoWaits)
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

TEST_F(PinTest, EdgesThatFindNoRoomAreCounted)
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

TEST_F(PinTest, ACancelledWaitTakesNoEdge)
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

TEST_F(PinTest, AWaitForAnEdgeCanTimeOut)
{
    asyncio::VirtualLoop loop;
    EXPECT_THROW((void)loop.run(edge_within(Pin(4, Pin::IN), 50)), asyncio::TimeoutError);
}

TEST_F(PinTest, ASecondWaiterIsRefused)
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

TEST_F(PinTest, AReleasedLineWakesItsWaiterWithAnError)
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

TEST_F(PinTest, AnOutputsOwnChangesAreEdges)
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

TEST_F(PinTest, WhatAPinReadsWhenItBecomesAnInputIsNoEdge)
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

TEST_F(PinTest, AnInputThatBecomesAnOutputOfAnotherValueIsAnEdge)
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

TEST_F(PinTest, AnActiveLowLineHasItsValuesAndEdgesTurnedRound)
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

TEST_F(PinTest, ALineThatBecomesActiveLowKeepsItsLevel)
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

TEST_F(PinTest, IrqRunsItsHandlerOnTheLoopForEachSuchEdge)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN, Pin::PULL_UP);
    Trace trace;
    pin.irq(
        [&trace](Pin which) {
            trace.push_back(which.name() + ' ' + asyncio::current_task().name());
        },
        Pin::IRQ_FALLING);
    board().drive(4, 0);
    board().release(4);
    board().drive(4, 0);
    EXPECT_TRUE(trace.empty());
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"GPIO4 edges of GPIO4", "GPIO4 edges of GPIO4"}));
}

TEST_F(PinTest, AnEmptyIrqHandlerStopsIt)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN, Pin::PULL_UP);
    int calls = 0;
    pin.irq([&calls](Pin) { ++calls; });
    board().drive(4, 0);
    pin.irq(nullptr);
    board().release(4);
    loop.run_until_idle();
    EXPECT_EQ(calls, 0);
}

TEST_F(PinTest, AnIrqHandlerMayReplaceItselfAndTheEdgesThatWaitForItAreForgotten)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN, Pin::PULL_UP);
    Trace trace;
    pin.irq([&trace](Pin which) {
        trace.push_back("first");
        which.irq([&trace](Pin) { trace.push_back("second"); });
    });
    board().drive(4, 0);
    board().release(4);
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"first"});
    board().drive(4, 0);
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"first", "second"}));
}

TEST_F(PinTest, WhatAnIrqHandlerThrowsGoesToTheExceptionHandlerAndTheNextEdgeIsReported)
{
    asyncio::VirtualLoop loop;
    Trace trace;
    loop.loop().set_exception_handler(
        [&trace](asyncio::Loop&, const asyncio::ExceptionContext& context) {
            trace.push_back(context.message);
        });
    Pin pin(4, Pin::IN, Pin::PULL_UP);
    pin.irq([&trace](Pin which) {
        if (which.value() == 0) {
            throw std::runtime_error{"it burns"};
        }
        trace.push_back("called");
    });
    board().drive(4, 0);
    loop.run_until_idle();
    board().release(4);
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"the edge handler of 'GPIO4' failed", "called"}));
}

Coroutine<> stop_after_turns(Pin pin, int turns)
{
    for (int i = 0; i < turns; ++i) {
        co_await asyncio::sleep_ms(0);
    }
    pin.irq(nullptr);
}

TEST_F(PinTest, AnIrqHandlerThatMakesEdgesDoesNotStopTheOtherTasks)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::OUT, {}, 0);
    int calls = 0;
    pin.irq([&calls](Pin which) {
        ++calls;
        which.toggle();
    });
    pin.on();
    loop.run(stop_after_turns(pin, 10));
    EXPECT_GE(calls, 9);
    EXPECT_LE(calls, 12);
}

TEST_F(PinTest, AnIrqGoesOnInTheNextLoop)
{
    Pin pin(4, Pin::IN, Pin::PULL_UP);
    int calls = 0;
    {
        asyncio::VirtualLoop first;
        pin.irq([&calls](Pin) { ++calls; });
        board().drive(4, 0);  // And the loop is closed before it could tell.
    }
    asyncio::VirtualLoop second;
    board().release(4);
    second.run_until_idle();
    EXPECT_EQ(calls, 2);
}

TEST_F(PinTest, AnIrqDoesNotKeepThePinAlive)
{
    asyncio::VirtualLoop loop;
    int calls = 0;
    {
        Pin pin(4, Pin::IN, Pin::PULL_UP);
        pin.irq([&calls](Pin) { ++calls; });
        board().drive(4, 0);
    }
    loop.run_until_idle();
    EXPECT_EQ(calls, 0);
    EXPECT_FALSE(machine::board().info({"simulated", 4}).used);
}

TEST_F(PinTest, IrqAndEdgeBothSeeEveryEdge)
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
