// A hundred thousand edges on a real line, as fast as the other side can make them.
#include "outside.hpp"

#include <machine/board.hpp>
#include <machine/pin.hpp>

#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <thread>

namespace {

using asyncio::Coroutine;
using machine::Edge;
using machine::Pin;

/// What was seen of a flood.
class Flood {
public:
    void see(const Edge& edge)
    {
        wrong_order += edge.sequence <= last.sequence || edge.timestamp < last.timestamp ? 1 : 0;
        gaps += edge.sequence - last.sequence - 1;
        last = edge;
        ++seen;
    }
    /// The other task has its turn.
    void turn()
    {
        ++turns;
        most_in_a_turn = std::max(most_in_a_turn, seen - seen_before);
        seen_before = seen;
    }

    std::uint64_t seen = 0;
    std::uint64_t gaps = 0;
    std::uint64_t wrong_order = 0;
    std::uint64_t turns = 0;  ///< Of a task that only sleeps.
    std::uint64_t seen_before = 0;     ///< At its last turn;
    std::uint64_t most_in_a_turn = 0;  ///< and since that, at most.
    std::uint64_t lost = 0;   ///< As the pin counts it.
    Edge last;
};

Coroutine<> count_turns(Flood& flood, int sleep_ms)
{
    for (;;) {
        co_await asyncio::sleep_ms(sleep_ms);
        flood.turn();
    }
}

Coroutine<> see_edges(Pin pin, Flood& flood, std::atomic<std::uint64_t>& seen)
{
    for (;;) {
        const Edge edge = co_await pin.edge();
        flood.see(edge);
        seen = flood.seen;
    }
}

/// Sees edges until a second brings none; it begins when so many are made, and holds the loop
/// until then. At full speed (`late` is not 0) another task has each turn of the loop.
Coroutine<> see_flood(Pin pin, Flood& flood, std::atomic<bool>& begin,
                      std::atomic<std::uint64_t>& seen, const std::atomic<int>& made, int late)
{
    auto edges = asyncio::create_task(see_edges(pin, flood, seen));
    auto other = asyncio::create_task(count_turns(flood, late == 0 ? 1 : 0));
    co_await asyncio::sleep_ms(0);
    begin = true;
    while (made < late) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    std::uint64_t before = 0;
    do {
        before = flood.seen;
        co_await asyncio::sleep_ms(1000);
    } while (flood.seen != before);
    flood.lost = pin.lost_edges();
    edges.cancel();
    other.cancel();
    co_await asyncio::sleep_ms(1);  // They end, and the line is released.
}

/// Lets another thread make the edges; in step: each when the one before has been seen.
Flood run_flood(int edges, bool in_step)
{
    const Outside::Wire wire{26};
    wire.drive(false);
    std::atomic<bool> begin = false;
    std::atomic<std::uint64_t> seen = 0;
    std::atomic<int> made = 0;
    std::thread hand{[&] {
        while (!begin) {
            std::this_thread::yield();
        }
        for (int i = 0; i < edges; ++i) {
            const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{5};
            while (in_step && static_cast<std::uint64_t>(i) > seen) {
                if (std::chrono::steady_clock::now() > deadline) {
                    return;  // It is lost, and so is the test.
                }
                std::this_thread::yield();
            }
            wire.drive(i % 2 == 0);
            ++made;
            if (!in_step) {  // Or the kernel itself would hardly look in between.
                std::this_thread::sleep_for(std::chrono::microseconds{20});
            }
        }
    }};
    Flood flood;
    const auto start = std::chrono::steady_clock::now();
    asyncio::run(
        see_flood(Pin(26, Pin::IN), flood, begin, seen, made, in_step ? 0 : std::min(edges, 4000)));
    hand.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::printf("%d edges made in %.1f s, %llu seen, %llu lost, %llu turns of another task\n",
                edges, took.count() - 1, static_cast<unsigned long long>(flood.seen),
                static_cast<unsigned long long>(flood.lost),
                static_cast<unsigned long long>(flood.turns));
    return flood;
}

int how_many() { return std::getenv("BOARD_QUICK") == nullptr ? 100'000 : 5'000; }

class Floods : public ::testing::Test {
protected:
    static void SetUpTestSuite()
    {
        ASSERT_TRUE(Outside::here()) << "this is for ./dev board-test";
        machine::use_backend("gpiod");
    }
};

TEST_F(Floods, WhoKeepsUpLosesNoneAndHasThemInOrder)
{
    const int edges = how_many();
    const Flood flood = run_flood(edges, true);
    EXPECT_EQ(flood.seen, static_cast<std::uint64_t>(edges));
    EXPECT_EQ(flood.lost, 0U);
    EXPECT_EQ(flood.gaps, 0U);
    EXPECT_EQ(flood.wrong_order, 0U);
}

TEST_F(Floods, WhatIsLostAtFullSpeedIsCountedAndTheLoopIsNotStarved)
{
    const int edges = how_many();
    const Flood flood = run_flood(edges, false);
    EXPECT_GT(flood.lost, 0U) << "the kernel keeps 1024 edges";
    EXPECT_EQ(flood.gaps, flood.lost);
    EXPECT_EQ(flood.seen + flood.lost, flood.last.sequence);
    EXPECT_EQ(flood.wrong_order, 0U);
    // Edges that follow each other faster than the kernel's own handler runs are one to it.
    EXPECT_LE(flood.last.sequence, static_cast<std::uint64_t>(edges));
    EXPECT_LE(flood.most_in_a_turn, 128U) << "64 are fetched in a turn of the loop";
}

}  // namespace
