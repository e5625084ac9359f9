// What is particular to libgpiod 2: one request for everything, edges that are counted, debounce.
#include "gpiod_fixture.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/testing.hpp>

#include <cerrno>

namespace {

using namespace gpiod_tests;

TEST_F(Gpiod, ALineStaysRequestedWhateverBecomesOfIt)
{
    asyncio::VirtualLoop loop;
    const auto line = open(2, LineConfig{Mode::out, Bias::as_is, true});
    line->configure(LineConfig{Mode::in, Bias::up}, true);
    line->configure(LineConfig{Mode::in, Bias::down}, true);
    line->configure(LineConfig{Mode::out, Bias::as_is, true}, true);
    line->configure(LineConfig{Mode::open_drain, Bias::as_is, false, true}, false);
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 2 output=1", "configure 2 both-edges bias-up",
                     "configure 2 both-edges bias-down", "configure 2 output=1",
                     "configure 2 output=0 open-drain active-low"}));
}

TEST_F(Gpiod, DebounceIsTheKernels)
{
    LineConfig config{Mode::in};
    config.debounce = 5ms;
    const auto line = open(2, config);
    EXPECT_TRUE(line->debounces());
    config.debounce = 0us;
    line->configure(config, false);
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 2 both-edges debounce=5000", "configure 2 input"}));
}

TEST_F(Gpiod, EdgesOfADebouncedLineAreNewOnlyOnceTheyAreWanted)
{
    asyncio::VirtualLoop loop;
    LineConfig config{Mode::in};
    config.debounce = 5ms;
    const auto line = open(2, config);
    GpiodFake::edge(2, true, 1s);
    line->configure(config, true);
    GpiodFake::edge(2, false, 2s);
    loop.run_until_idle();
    EXPECT_EQ(sink.edges, (std::vector{Edge{false, 2s}}));
    EXPECT_EQ(sink.lost, 0U);
    line->configure(config, false);
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 2 both-edges debounce=5000", "configure 2 both-edges debounce=5000",
                     "configure 2 both-edges debounce=5000"}));
}

TEST_F(Gpiod, EdgesThatTheKernelHadNoRoomForAreCounted)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    machine::Pin pin(3, machine::Pin::IN);
    std::vector<Edge> seen;
    auto task = loop.create_task(watch(pin, seen));
    loop.run_until_idle();
    GpiodFake::drop_edges(3, 2);
    GpiodFake::edge(3, true, 1s);
    GpiodFake::drop_edges(3, 3);
    GpiodFake::edge(3, true, 2s);
    loop.run_until_idle();
    ASSERT_EQ(seen, (std::vector{Edge{true, 1s}, Edge{true, 2s}}));
    EXPECT_EQ(seen[0].sequence, 3U);
    EXPECT_EQ(seen[1].sequence, 7U);
    EXPECT_EQ(pin.lost_edges(), 5U);
    task.cancel();
    loop.run_until_idle();
}

TEST_F(Gpiod, TheKernelsNumbersBeginAgainAfterThirtyTwoBits)
{
    asyncio::VirtualLoop loop;
    const auto line = open(2, LineConfig{Mode::in});
    line->configure(LineConfig{Mode::in}, true);
    GpiodFake::edge(2, true, 1s);
    GpiodFake::drop_edges(2, 0xffff'fffdU);
    for (const bool rising : {true, true, true, true}) {  // Numbers 4294967295, 0, 1 and 2.
        GpiodFake::edge(2, rising, 2s);
    }
    GpiodFake::drop_edges(2, 3);
    GpiodFake::edge(2, true, 3s);
    loop.run_until_idle();
    EXPECT_EQ(sink.edges.size(), 6U);
    EXPECT_EQ(sink.lost, 0xffff'fffdULL + 3);
}

TEST_F(Gpiod, AStreamOfOneDirectionCountsAllThatTheKernelHasLost)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    machine::Pin pin(3, machine::Pin::IN);
    const machine::EdgeStream rising = pin.edges(machine::Pin::IRQ_RISING);
    GpiodFake::drop_edges(3, 3);
    GpiodFake::edge(3, true, 1s);
    loop.run_until_idle();
    EXPECT_EQ(rising.lost(), 3U) << "nobody knows in which direction they were";
}

TEST_F(Gpiod, EdgesThatNobodyReadAreNotNewWhenEdgesAreWantedAgain)
{
    asyncio::VirtualLoop loop;
    const auto line = open(2, LineConfig{Mode::in});
    line->configure(LineConfig{Mode::in}, true);
    line->configure(LineConfig{Mode::in}, false);
    loop.run_until_idle();
    GpiodFake::edge(2, true, 1s);
    line->configure(LineConfig{Mode::in}, true);
    GpiodFake::edge(2, false, 2s);
    loop.run_until_idle();
    EXPECT_EQ(sink.edges, (std::vector{Edge{false, 2s}}));
}

TEST_F(Gpiod, EdgesThatComeWhileTheyAreSwitchedOffAreForgottenAndNotLost)
{
    asyncio::VirtualLoop loop;
    const auto line = open(2, LineConfig{Mode::in});
    line->configure(LineConfig{Mode::in}, true);
    GpiodFake::edge(2, true, 1s);
    loop.run_until_idle();
    GpiodFake::edge_meanwhile(2, false, 2s);
    line->configure(LineConfig{Mode::in}, false);
    line->configure(LineConfig{Mode::in}, true);
    GpiodFake::edge(2, false, 3s);
    loop.run_until_idle();
    EXPECT_EQ(sink.edges, (std::vector{Edge{true, 1s}, Edge{false, 3s}}));
    EXPECT_EQ(sink.lost, 0U);
}

TEST_F(Gpiod, EdgesAreSwitchedOffWithTheLastStreamUnlessSomebodyElseWantsThem)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    machine::Pin pin(3, machine::Pin::IN);
    {
        const machine::EdgeStream one = pin.edges();
        {
            const machine::EdgeStream two = pin.edges();
        }
        EXPECT_EQ(GpiodFake::take_calls(), (Calls{"request 3 input", "configure 3 both-edges"}));
    }
    EXPECT_EQ(GpiodFake::take_calls(), Calls{"configure 3 input"});
    pin.irq([](machine::Pin) {});
    {
        const machine::EdgeStream edges = pin.edges();
    }
    EXPECT_EQ(GpiodFake::take_calls(), Calls{"configure 3 both-edges"});
    pin.irq({});
    EXPECT_EQ(GpiodFake::take_calls(), Calls{"configure 3 input"});
    {
        const auto wait = pin.edges().next();
    }
    EXPECT_EQ(GpiodFake::take_calls(), (Calls{"configure 3 both-edges", "configure 3 input"}));
    (void)pin.edge();
    {
        const machine::EdgeStream edges = pin.edges();
    }
    pin.irq({});
    EXPECT_EQ(GpiodFake::take_calls(), Calls{"configure 3 both-edges"})
        << "none may be lost between two waits";
}

TEST_F(Gpiod, APinsEdgesComeFromTheKernelAsAnInputAndFromItselfAsAnOutput)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    machine::Pin pin(3, machine::Pin::IN, machine::Pin::PULL_UP);
    std::vector<Edge> seen;
    auto task = loop.create_task(watch(pin, seen));
    loop.run_until_idle();
    GpiodFake::edge(3, true, 5s);
    loop.run_until_idle();
    EXPECT_EQ(seen, (std::vector{Edge{true, 5s}}));

    pin.init(machine::Pin::OUT, {}, 1);
    loop.run_until_idle();
    pin.off();
    pin.init(machine::Pin::IN);
    loop.run_until_idle();
    GpiodFake::edge(3, true, 9s);
    loop.run_until_idle();
    ASSERT_EQ(seen.size(), 4U);
    EXPECT_EQ(seen[1], (Edge{true, loop.now()}));
    EXPECT_EQ(seen[2], (Edge{false, loop.now()}));
    EXPECT_EQ(seen[3], (Edge{true, 9s}));
    EXPECT_EQ(seen[3].sequence, 4U);
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 3 input bias-up", "configure 3 both-edges bias-up",
                     "configure 3 output=1 bias-up", "set 3 0", "configure 3 both-edges bias-up"}));
    task.cancel();
    loop.run_until_idle();
}

}  // namespace
