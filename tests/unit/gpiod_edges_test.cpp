// The edges of lines of real boards: from libgpiod to who waits for them.
#include "gpiod_fixture.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <stdexcept>

namespace {

using namespace gpiod_tests;

TEST_F(Gpiod, EdgesArriveInOrderWithTheKernelsTimestamps)
{
    asyncio::VirtualLoop loop;
    const auto one = open(1, LineConfig{Mode::in});
    const auto two = open(2, LineConfig{Mode::in});
    one->configure(LineConfig{Mode::in}, true);
    two->configure(LineConfig{Mode::in}, true);
    std::vector<Edge> expected;
    for (int i = 0; i < 40; ++i) {  // More than one read gives.
        const auto at = 1'234'567'890'123'456'789ns + i * 1us;
        GpiodFake::edge(1, i % 2 == 0, at);
        expected.emplace_back(i % 2 == 0, at);
    }
    EXPECT_TRUE(sink.edges.empty());
    loop.run_until_idle();
    EXPECT_EQ(sink.edges, expected);
    EXPECT_EQ(loop.operations(), 1U) << "one poll serves all lines";
}

Coroutine<Edge> first_of(const machine::EdgeStream& edges)
{
    const Edge edge = co_await edges.next();
    co_return edge;
}

TEST_F(Gpiod, WatchingGoesOnInTheNextLoop)
{
    const auto line = open(2, LineConfig{Mode::in});
    {
        asyncio::VirtualLoop first;
        line->configure(LineConfig{Mode::in}, true);
        first.run_until_idle();
    }
    asyncio::VirtualLoop second;
    line->resume_edges();
    GpiodFake::edge(2, true, 3s);
    second.run_until_idle();
    EXPECT_EQ(sink.edges, (std::vector{Edge{true, 3s}}));
}

TEST_F(Gpiod, AChipThatVanishesIsReportedOnceAndNotPolledAgain)
{
    asyncio::VirtualLoop loop;
    const auto line = open(2, LineConfig{Mode::in});
    line->configure(LineConfig{Mode::in}, true);
    GpiodFake::fail("events", ENODEV);
    GpiodFake::edge(2, true, 1s);
    loop.run_until_idle();
    ASSERT_EQ(sink.errors.size(), 1U);
    EXPECT_THROW(std::rethrow_exception(sink.errors.front()), asyncio::OSError);
    EXPECT_EQ(loop.operations(), 0U);
}

TEST_F(Gpiod, AChangeThatFailsLeavesTheLineAndItsEdgesAsTheyWere)
{
    asyncio::VirtualLoop loop;
    const auto line = open(2, LineConfig{Mode::in, Bias::up});
    line->configure(LineConfig{Mode::in, Bias::up}, true);
    GpiodFake::fail("configure", EIO);
    GpiodFake::fail("request", EIO);
    EXPECT_THROW(line->configure(LineConfig{Mode::in, Bias::down}, true), asyncio::OSError);
    GpiodFake::put(2, 1);
    EXPECT_TRUE(line->get());
    GpiodFake::edge(2, true, 1s);
    loop.run_until_idle();
    EXPECT_EQ(sink.edges, (std::vector{Edge{true, 1s}}));
    EXPECT_TRUE(sink.errors.empty());
}

TEST_F(Gpiod, WhoWaitsForEdgesIsToldWhenAChangeEndsThemAndNotAnyMoreOnceTheyAreBack)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    machine::Pin pin(3, machine::Pin::IN, machine::Pin::PULL_UP);
    std::vector<Edge> seen;
    auto told = loop.create_task(watch(pin, seen));
    loop.run_until_idle();
    GpiodFake::fail("configure", EIO, 2);
    GpiodFake::fail("request", EIO, 2);
    EXPECT_THROW(pin.pull(machine::Pin::PULL_DOWN), asyncio::OSError);
    GpiodFake::reset_failures();
    pin.pull(machine::Pin::PULL_DOWN);  // Before he who waits has heard of it.
    loop.run_until_idle();
    ASSERT_TRUE(told.done());
    EXPECT_THROW(told.result(), asyncio::OSError);

    auto again = loop.create_task(watch(pin, seen));
    loop.run_until_idle();
    EXPECT_FALSE(again.done()) << "there are edges again";
    GpiodFake::edge(3, true, 1s);
    loop.run_until_idle();
    EXPECT_EQ(seen, (std::vector{Edge{true, 1s}}));
    again.cancel();
    loop.run_until_idle();
}

TEST_F(Gpiod, APinIsWatchedInTheNextLoopToo)
{
    use_as_board();
    machine::Pin pin(3, machine::Pin::IN);
    std::vector<Edge> seen;
    {
        asyncio::VirtualLoop first;
        first.create_task(watch(pin, seen));
        first.run_until_idle();
    }
    asyncio::VirtualLoop second;
    second.create_task(watch(pin, seen));
    GpiodFake::edge(3, true, 2s);
    second.run_until_idle();
    EXPECT_EQ(seen, (std::vector{Edge{true, 2s}}));
}

Coroutine<> make_edge_later(unsigned line)
{
    co_await asyncio::sleep_ms(5);
    GpiodFake::edge(line, true, 7s);
}

Coroutine<Edge> take_edge(machine::Pin pin, unsigned line)
{
    asyncio::create_task(make_edge_later(line));
    const Edge edge = co_await pin.edge();
    co_return edge;
}

TEST_F(Gpiod, WhatComesBeforeAChangeIsReportedBeforeIt)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    machine::Pin pin(3, machine::Pin::IN);
    std::vector<Edge> seen;
    auto task = loop.create_task(watch(pin, seen));
    loop.run_until_idle();
    for (int i = 0; i < 100; ++i) {
        GpiodFake::edge(3, i % 2 == 0, i * 1us);
    }
    pin.init(machine::Pin::OUT, {}, 1);  // The loop had no time to fetch them.
    loop.run_until_idle();
    ASSERT_EQ(seen.size(), 101U);
    EXPECT_EQ(seen[99], (Edge{false, 99us}));
    EXPECT_EQ(seen[100], (Edge{true, loop.now()}));
    for (std::size_t i = 0; i < seen.size(); ++i) {
        EXPECT_EQ(seen[i].sequence, i + 1);
    }
    EXPECT_EQ(pin.lost_edges(), 0U);
    task.cancel();
    loop.run_until_idle();
}

TEST_F(Gpiod, EdgesArriveThroughTheRealLoopAsWell)
{
    use_as_board();
    const Edge edge = asyncio::run(take_edge(machine::Pin(3, machine::Pin::IN), 3));
    EXPECT_EQ(edge, (Edge{true, 7s}));
    EXPECT_EQ(GpiodFake::requested_lines(), 0) << "released while its poll was in flight";
    asyncio::get_event_loop().close();
    asyncio::new_event_loop();
}

TEST_F(Gpiod, AnotherPinForTheSameInputLosesNoEdge)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    machine::Pin pin(3, machine::Pin::IN, machine::Pin::PULL_UP);
    (void)pin.edge();
    GpiodFake::edge(3, true, 5s);
    machine::Pin again(3, machine::Pin::IN, machine::Pin::PULL_UP);
    std::vector<Edge> seen;
    auto task = loop.create_task(watch(again, seen));
    loop.run_until_idle();
    EXPECT_EQ(seen, (std::vector{Edge{true, 5s}}));
    task.cancel();
    loop.run_until_idle();
}

TEST_F(Gpiod, WhoIsToldThatALineHasFailedMayThrow)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    Calls reports;
    loop.loop().set_exception_handler(
        [&reports](asyncio::Loop&, const asyncio::ExceptionContext& context) {
            reports.push_back(context.message);
            if (reports.size() == 1) {
                throw std::runtime_error{"on purpose"};
            }
        });
    machine::Pin pin(3, machine::Pin::IN);
    pin.irq([](machine::Pin) {});
    loop.run_until_idle();
    GpiodFake::fail("events", ENODEV);
    GpiodFake::edge(3, true, 1s);
    loop.run_until_idle();
    EXPECT_EQ(reports, (Calls{"no more edges of 'gpiochip0:3' are reported",
                              "Task exception wasn't retrieved"}));
}

TEST_F(Gpiod, AStreamThatWasMadeInOneLoopWakesInTheNextLoopToo)
{
    use_as_board();
    machine::Pin pin(3, machine::Pin::IN);
    std::optional<machine::EdgeStream> edges;
    {
        asyncio::VirtualLoop first;
        edges.emplace(pin.edges());
        first.run_until_idle();
    }
    asyncio::VirtualLoop second;
    auto task = second.create_task(first_of(*edges));
    second.run_until_idle();
    GpiodFake::edge(3, true, 2s);
    second.run_until_idle();
    ASSERT_TRUE(task.done());
    EXPECT_EQ(task.result(), (Edge{true, 2s}));
}

TEST_F(Gpiod, WhoComesAfterALineHasFailedIsToldSoUntilItIsSetUpAgain)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    Calls reports;
    gpiod_tests::keep_messages(loop, reports);
    machine::Pin pin(3, machine::Pin::IN);
    const machine::EdgeStream first = pin.edges();
    GpiodFake::fail("events", ENODEV);
    GpiodFake::edge(3, true, 1s);
    loop.run_until_idle();

    const machine::EdgeStream late = pin.edges();
    std::vector<Edge> seen;
    int calls = 0;
    pin.irq([&calls](machine::Pin) { ++calls; });
    auto reader = loop.create_task(first_of(late));
    auto watcher = loop.create_task(watch(pin, seen));
    loop.run_until_idle();
    ASSERT_TRUE(reader.done() && watcher.done());
    EXPECT_THROW((void)reader.result(), asyncio::OSError);
    EXPECT_THROW(watcher.result(), asyncio::OSError);
    EXPECT_EQ(std::ranges::count(reports, "no more edges of 'gpiochip0:3' are reported"), 1);

    pin.pull(machine::Pin::PULL_UP);
    auto again = loop.create_task(first_of(late));
    const machine::EdgeStream newest_edges = pin.edges();
    auto newest = loop.create_task(first_of(newest_edges));
    loop.run_until_idle();
    GpiodFake::edge(3, true, 2s);
    loop.run_until_idle();
    ASSERT_TRUE(again.done() && newest.done());
    EXPECT_EQ(again.result(), (Edge{true, 2s}));
    EXPECT_EQ(newest.result(), (Edge{true, 2s}));
    EXPECT_EQ(calls, 1);
}

}  // namespace
