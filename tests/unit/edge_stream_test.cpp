#include <machine/edge_stream.hpp>

#include <machine/board.hpp>
#include <machine/pin.hpp>
#include <machine/simulated_board.hpp>

#include <asyncio/errors.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/timeout.hpp>

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using asyncio::Coroutine;
using machine::Edge;
using machine::Pin;
using namespace std::chrono_literals;

class EdgeStreams : public ::testing::Test {
protected:
    void SetUp() override { machine::use_backend("simulated"); }

    void pulse(int times = 1)
    {
        for (int i = 0; i < times; ++i) {
            machine::simulated_board().drive(4, 1);
            machine::simulated_board().drive(4, 0);
        }
    }
};

Coroutine<> collect(machine::EdgeStream& edges, std::vector<Edge>& seen, std::string& end)
{
    try {
        for (;;) {
            const Edge edge = co_await edges.next();
            seen.push_back(edge);
        }
    } catch (const asyncio::RuntimeError& error) {
        end = error.what();
    }
}

TEST_F(EdgeStreams, EachHasAllEdgesFromItsBeginningOn)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN);
    machine::EdgeStream both = pin.edges();
    pulse();
    machine::EdgeStream rising = pin.edges(Pin::IRQ_RISING);
    pulse(2);
    std::vector<Edge> all;
    std::vector<Edge> some;
    std::string end;
    auto one = loop.create_task(collect(both, all, end));
    auto two = loop.create_task(collect(rising, some, end));
    loop.run_until_idle();

    ASSERT_EQ(all.size(), 6U);
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].sequence, i + 1);
        EXPECT_EQ(all[i].rising, i % 2 == 0);
    }
    ASSERT_EQ(some.size(), 2U);
    EXPECT_EQ(some[0].sequence, 3U);
    EXPECT_EQ(some[1].sequence, 5U);
    one.cancel();
    two.cancel();
    loop.run_until_idle();
}

TEST_F(EdgeStreams, AFloodLosesWhatFindsNoRoomAndCountsIt)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN);
    machine::EdgeStream edges = pin.edges(Pin::IRQ_FALLING);
    pulse(2000);
    EXPECT_EQ(edges.lost(), 976U);
    EXPECT_EQ(pin.lost_edges(), 0U) << "that is what others have lost";
    std::vector<Edge> seen;
    std::string end;
    auto task = loop.create_task(collect(edges, seen, end));
    loop.run_until_idle();
    ASSERT_EQ(seen.size(), 1024U);
    EXPECT_EQ(seen.back().sequence, 2048U);
    pulse();
    loop.run_until_idle();
    EXPECT_EQ(seen.back().sequence, 4002U);
    task.cancel();
    loop.run_until_idle();
}

Coroutine<std::optional<Edge>> within(machine::EdgeStream& edges, int ms)
{
    try {
        co_return co_await asyncio::timeout(std::chrono::milliseconds{ms}, edges.next());
    } catch (const asyncio::TimeoutError&) {
        co_return std::nullopt;
    }
}

TEST_F(EdgeStreams, AWaitMayHaveALimitAndLosesNoEdgeByIt)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN);
    machine::EdgeStream edges = pin.edges();
    auto nothing = loop.create_task(within(edges, 100));
    loop.advance(99ms);
    EXPECT_FALSE(nothing.done());
    loop.advance(1ms);
    EXPECT_EQ(nothing.result(), std::nullopt);
    pulse();
    EXPECT_EQ(loop.run(within(edges, 100))->sequence, 1U);
    EXPECT_EQ(loop.run(within(edges, 100))->sequence, 2U);
}

/// Makes an edge, and cancels so many turns later who waits for it.
Coroutine<> cancel_after_edge(asyncio::Task<std::optional<Edge>> task, int turns)
{
    machine::simulated_board().drive(4, 1);
    for (int i = 0; i < turns; ++i) {
        co_await asyncio::sleep_ms(0);
    }
    task.cancel();
}

TEST_F(EdgeStreams, AWaitWithALimitThatIsCancelledTakesNoEdge)
{
    for (const int turns : {0, 1, 2, 3}) {
        machine::use_backend("simulated");
        asyncio::VirtualLoop loop;
        Pin pin(4, Pin::IN);
        machine::EdgeStream edges = pin.edges();
        auto wait = loop.create_task(within(edges, 100));
        loop.run_until_idle();
        loop.create_task(cancel_after_edge(wait, turns));
        loop.run_until_idle();
        if (wait.cancelled()) {
            EXPECT_EQ(loop.run(within(edges, 100))->sequence, 1U) << turns << " turns later";
        } else {
            EXPECT_EQ(wait.result()->sequence, 1U);
        }
    }
}

Coroutine<Edge> replace_waiter(machine::EdgeStream& edges,
                               asyncio::Task<std::optional<Edge>> waiter)
{
    waiter.cancel();
    const Edge edge = co_await edges.next();
    co_return edge;
}

TEST_F(EdgeStreams, ATaskMayWaitInThePlaceOfOneThatItHasCancelled)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN);
    machine::EdgeStream edges = pin.edges();
    auto first = loop.create_task(within(edges, 100));
    loop.run_until_idle();
    auto second = loop.create_task(replace_waiter(edges, first));
    loop.run_until_idle();
    EXPECT_TRUE(first.cancelled());
    pulse();
    loop.run_until_idle();
    EXPECT_EQ(second.result().sequence, 1U);
}

TEST_F(EdgeStreams, EndsWithItsLine)
{
    asyncio::VirtualLoop loop;
    std::vector<Edge> seen;
    std::string end;
    auto pin = std::make_optional<Pin>(4, Pin::IN);
    machine::EdgeStream edges = pin->edges();
    auto task = loop.create_task(collect(edges, seen, end));
    loop.run_until_idle();
    pulse();
    pin.reset();
    loop.run_until_idle();
    EXPECT_TRUE(task.done());
    EXPECT_EQ(seen.size(), 2U) << "what was kept comes first";
    EXPECT_EQ(end, "the line 'GPIO4' was released");
}

TEST_F(EdgeStreams, OneThatGoesLeavesTheOthers)
{
    asyncio::VirtualLoop loop;
    Pin pin(4, Pin::IN);
    machine::EdgeStream first = pin.edges();
    for (int i = 0; i < 1000; ++i) {
        (void)pin.edges();
    }
    machine::EdgeStream moved = std::move(first);
    pulse();
    std::vector<Edge> seen;
    std::string end;
    auto task = loop.create_task(collect(moved, seen, end));
    loop.run_until_idle();
    EXPECT_EQ(seen.size(), 2U);
    task.cancel();
    loop.run_until_idle();
}

TEST_F(EdgeStreams, OneThatAHandlerOfItsLineOwnsGoesWithTheLine)
{
    asyncio::VirtualLoop loop;
    auto pin = std::make_optional<Pin>(4, Pin::IN);
    auto edges = std::make_shared<machine::EdgeStream>(pin->edges());
    pin->irq([edges](Pin) {});
    const std::weak_ptr<machine::EdgeStream> left = std::exchange(edges, nullptr);
    EXPECT_FALSE(left.expired());
    pin.reset();
    EXPECT_TRUE(left.expired());
    EXPECT_FALSE(machine::board().info({"simulated", 4}).used);
}

}  // namespace
