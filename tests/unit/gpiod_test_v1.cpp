// What is particular to libgpiod 1.6: values and edges are two kinds of request.
#include "gpiod_fixture.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/testing.hpp>

#include <cerrno>

namespace {

using namespace gpiod_tests;

TEST_F(Gpiod, EdgesNeedAnotherRequestAndAnOutputBecomesAnInputBeforeItIsLetGo)
{
    asyncio::VirtualLoop loop;
    const auto line = open(2, LineConfig{Mode::out, Bias::as_is, true});
    line->configure(LineConfig{Mode::in, Bias::up}, true);
    EXPECT_EQ(GpiodFake::take_calls(), (Calls{"request 2 output=1", "configure 2 input bias-up",
                                              "release 2", "request 2 both-edges bias-up"}));

    line->configure(LineConfig{Mode::out, Bias::as_is, true}, true);
    EXPECT_EQ(GpiodFake::take_calls(), (Calls{"release 2", "request 2 output=1"}));
}

TEST_F(Gpiod, AnInputWithEdgesThatStaysAsItIsLosesNone)
{
    asyncio::VirtualLoop loop;
    const auto line = open(2, LineConfig{Mode::in, Bias::up});
    line->configure(LineConfig{Mode::in, Bias::up}, true);
    (void)GpiodFake::take_calls();
    GpiodFake::edge(2, true, 1s);

    line->configure(LineConfig{Mode::in, Bias::up}, true);
    EXPECT_EQ(GpiodFake::take_calls(), Calls{});
    loop.run_until_idle();
    EXPECT_EQ(sink.edges, (std::vector{Edge{true, 1s}}));

    line->configure(LineConfig{Mode::in, Bias::down}, true);
    EXPECT_EQ(GpiodFake::take_calls(), (Calls{"release 2", "request 2 both-edges bias-down"}));
}

TEST_F(Gpiod, ALineThatWasTakenInBetweenCanBeHadAgainLater)
{
    asyncio::VirtualLoop loop;
    const auto line = open(2, LineConfig{Mode::in});
    GpiodFake::fail("request", EBUSY, 2);
    EXPECT_THROW(line->configure(LineConfig{Mode::in}, true), asyncio::OSError);
    EXPECT_THROW((void)line->get(), asyncio::RuntimeError);
    EXPECT_THROW(line->set(true), asyncio::RuntimeError);
    line->configure(LineConfig{Mode::in}, true);
    GpiodFake::put(2, 1);
    EXPECT_TRUE(line->get());
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
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 3 input bias-up", "release 3", "request 3 both-edges bias-up",
                     "release 3", "request 3 output=1 bias-up", "set 3 0",
                     "configure 3 input bias-up", "release 3", "request 3 both-edges bias-up"}));
    task.cancel();
    loop.run_until_idle();
}

TEST_F(Gpiod, DebounceIsLeftToTheLibraryWhichWantsEdgesForIt)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    LineConfig config{Mode::in};
    config.debounce = 5ms;
    machine::Line line{LineAddress{"gpiochip0", 2}, config};
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 2 input", "release 2", "request 2 both-edges"}));
    std::vector<Edge> seen;
    line.watch([&seen](const Edge& edge) { seen.push_back(edge); });
    EXPECT_EQ(GpiodFake::take_calls(), Calls{});

    GpiodFake::put(2, 1);
    GpiodFake::edge(2, true, 1s);
    loop.advance(4ms);
    EXPECT_EQ(line.value(), 0);
    loop.advance(1ms);
    EXPECT_EQ(line.value(), 1);
    EXPECT_EQ(seen, (std::vector{Edge{true, loop.now()}}));
}

TEST_F(Gpiod, TwoEdgesInOneDirectionShowThatTheKernelDroppedOneInBetween)
{
    asyncio::VirtualLoop loop;
    const auto line = open(2, LineConfig{Mode::in});
    line->configure(LineConfig{Mode::in}, true);
    GpiodFake::edge(2, true, 1s);
    GpiodFake::edge(2, true, 2s);
    GpiodFake::edge(2, false, 3s);
    loop.run_until_idle();
    EXPECT_EQ(sink.lost, 1U);
    line->configure(LineConfig{Mode::in}, false);
    line->configure(LineConfig{Mode::in}, true);
    GpiodFake::edge(2, false, 4s);
    loop.run_until_idle();
    EXPECT_EQ(sink.lost, 1U) << "nobody was listening in between";
}

TEST_F(Gpiod, EdgesThatTurnRoundWithTheirMeaningAreNotTakenForALoss)
{
    asyncio::VirtualLoop loop;
    const auto line = open(2, LineConfig{Mode::in});
    line->configure(LineConfig{Mode::in}, true);
    GpiodFake::edge(2, true, 1s);
    loop.run_until_idle();
    line->configure(LineConfig{Mode::in, Bias::as_is, {}, true}, true);
    GpiodFake::edge(2, true, 2s);
    loop.run_until_idle();
    EXPECT_EQ(sink.lost, 0U);
    GpiodFake::edge(2, true, 3s);
    loop.run_until_idle();
    EXPECT_EQ(sink.lost, 1U);
}

TEST_F(Gpiod, AnOutputThatCannotHaveEdgesIsAnOutputStill)
{
    asyncio::VirtualLoop loop;
    const auto line = open(2, LineConfig{Mode::out, Bias::as_is, false});
    line->set(true);
    GpiodFake::fail("request", ENXIO);
    EXPECT_THROW(line->configure(LineConfig{Mode::in}, true), asyncio::OSError);
    EXPECT_TRUE(line->get());
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 2 output=0", "set 2 1", "configure 2 input", "release 2",
                     "request 2 both-edges", "request 2 output=1"}));
}

TEST_F(Gpiod, EdgesAreSwitchedOffWithTheLastStream)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    machine::Pin pin(3, machine::Pin::IN);
    {
        const machine::EdgeStream edges = pin.edges();
    }
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 3 input", "release 3", "request 3 both-edges", "release 3",
                     "request 3 input"}));
}

TEST_F(Gpiod, ALineOpenedAsItIsThatCannotHaveEdgesIsThereStill)
{
    const auto line = open(2, LineConfig{});
    GpiodFake::put(2, 1);
    GpiodFake::fail("request", ENXIO);
    EXPECT_THROW(line->configure(LineConfig{Mode::in}, true), asyncio::OSError);
    EXPECT_TRUE(line->get());
    EXPECT_EQ(GpiodFake::take_calls(), (Calls{"request 2 as-is", "configure 2 input", "release 2",
                                              "request 2 both-edges", "request 2 as-is"}));
}

}  // namespace
