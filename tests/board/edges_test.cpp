// The edges of a real line while the line changes its ways.
#include "outside.hpp"

#include <machine/board.hpp>
#include <machine/line.hpp>

#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <string_view>
#include <vector>

namespace {

using asyncio::Coroutine;
using machine::Bias;
using machine::Edge;
using machine::Line;
using machine::LineConfig;
using machine::Mode;
using namespace std::chrono_literals;

class Edges : public ::testing::Test {
protected:
    static void SetUpTestSuite()
    {
        ASSERT_TRUE(Outside::here()) << "this is for ./dev board-test";
        machine::use_backend("gpiod");
    }

    void SetUp() override { wire.drive(false); }

    const Outside::Wire wire{27};
    const std::unique_ptr<Line> line =
        std::make_unique<Line>(machine::board().find(27), LineConfig{Mode::in});
    std::vector<Edge> seen;
};

Coroutine<> drive(const Outside::Wire& wire, std::string_view levels)
{
    for (const char level : levels) {
        wire.drive(level == '1');
        co_await asyncio::sleep_ms(20);  // At once, several would be one to the kernel.
    }
}

std::vector<bool> directions(const std::vector<Edge>& edges)
{
    std::vector<bool> rising;
    for (std::size_t i = 0; i < edges.size(); ++i) {
        EXPECT_EQ(edges[i].sequence, i + 1);
        rising.push_back(edges[i].rising);
    }
    return rising;
}

Coroutine<> look_away(Line& line, const Outside::Wire& wire, std::vector<Edge>& seen)
{
    line.watch([&seen](const Edge& edge) { seen.push_back(edge); });
    co_await drive(wire, "10");
    line.watch({});
    co_await drive(wire, "101");
    line.watch([&seen](const Edge& edge) { seen.push_back(edge); });
    co_await drive(wire, "01");
}

TEST_F(Edges, WhatHappensWhileNobodyWantsEdgesIsNeitherSeenNorLost)
{
    asyncio::run(look_away(*line, wire, seen));
    EXPECT_EQ(directions(seen), (std::vector{true, false, false, true}));
    EXPECT_EQ(line->lost_edges(), 0U);
}

Coroutine<> become_an_output(Line& line, const Outside::Wire& wire, std::vector<Edge>& seen)
{
    line.watch([&seen](const Edge& edge) { seen.push_back(edge); });
    co_await drive(wire, "1");
    line.configure(LineConfig{Mode::out, Bias::as_is, false});
    EXPECT_FALSE(wire.level());
    line.value(1);
    EXPECT_TRUE(wire.level());
    EXPECT_EQ(line.value(), 1);
    line.configure(LineConfig{Mode::in});
    co_await drive(wire, "01");
}

TEST_F(Edges, AnInputWithEdgesBecomesAnOutputAndAnInputAgain)
{
    asyncio::run(become_an_output(*line, wire, seen));
    EXPECT_EQ(directions(seen), (std::vector{true, false, true, false, true}));
    EXPECT_EQ(line->lost_edges(), 0U);
}

TEST_F(Edges, ALineThatHadEdgesDrivesInEveryWay)
{
    line->watch([](const Edge&) {});  // From here on the request is one for edges.
    wire.drive(true);
    line->configure(LineConfig{Mode::open_source, Bias::as_is, false});
    EXPECT_TRUE(wire.level()) << "0 of an open source lets go";
    line->value(1);
    EXPECT_TRUE(wire.level());

    line->configure(LineConfig{Mode::in});
    wire.drive(true);
    wire.drive(false);
    line->configure(LineConfig{Mode::open_drain, Bias::as_is, true});
    EXPECT_FALSE(wire.level()) << "1 of an open drain lets go";
    line->value(0);
    EXPECT_FALSE(wire.level());

    line->configure(LineConfig{Mode::out, Bias::as_is, true});
    EXPECT_TRUE(wire.level());
    line->value(0);
    EXPECT_FALSE(wire.level());
}

Coroutine<> turn_round(Line& line, const Outside::Wire& wire, std::vector<Edge>& seen)
{
    line.watch([&seen](const Edge& edge) { seen.push_back(edge); });
    co_await drive(wire, "1");
    line.configure(LineConfig{Mode::in, Bias::as_is, {}, true});
    EXPECT_EQ(line.value(), 0);
    co_await drive(wire, "01");
    line.configure(LineConfig{Mode::in, Bias::as_is, {}, false, 50ms});
    wire.drive(false);
    wire.drive(true);
    wire.drive(false);
    co_await asyncio::sleep_ms(200);
    EXPECT_EQ(line.value(), 0);
}

TEST_F(Edges, ALineThatIsTurnedRoundAndDebouncedLosesNone)
{
    asyncio::run(turn_round(*line, wire, seen));
    EXPECT_EQ(directions(seen), (std::vector{true, true, false, false}));
    EXPECT_EQ(line->lost_edges(), 0U);
}

}  // namespace
