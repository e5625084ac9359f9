// The backend for real boards, over a libgpiod that keeps a record: gpiod_fake.hpp.
#include "gpiod_fake.hpp"
#include "machine/board_choice.hpp"
#include "machine/gpiod_backend.hpp"

#include <machine/led.hpp>
#include <machine/line.hpp>
#include <machine/pin.hpp>
#include <machine/simulated_board.hpp>

#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using asyncio::Coroutine;
using machine::Bias;
using machine::Edge;
using machine::LineAddress;
using machine::LineConfig;
using machine::Mode;
using namespace std::chrono_literals;
using Calls = std::vector<std::string>;

/// What a driver reports.
class Sink final : public machine::detail::EdgeSink {
public:
    void edge(const Edge& edge) override { edges.push_back(edge); }
    void failed(std::exception_ptr error) override { errors.push_back(error); }

    std::vector<Edge> edges;
    std::vector<std::exception_ptr> errors;
};

class Gpiod : public ::testing::Test {
protected:
    void SetUp() override
    {
        GpiodFake::reset();
        std::string pattern = (std::filesystem::temp_directory_path() / "gpiod-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder = pattern;
        std::filesystem::create_directory(folder / "dev");
        std::filesystem::create_directory(folder / "leds");
        touch(folder / "dev" / "gpiochip0");
        touch(folder / "dev" / "null");
    }

    void TearDown() override
    {
        backend.reset();
        machine::detail::use_board(nullptr);
        EXPECT_EQ(GpiodFake::requested_lines(), 0);
        EXPECT_EQ(GpiodFake::open_chips(), 0);
        std::filesystem::remove_all(folder);
    }

    static void touch(const std::filesystem::path& path, const std::string& text = "")
    {
        std::ofstream{path} << text;
    }

    machine::detail::GpiodSearch search()
    {
        return machine::detail::find_gpiod(folder / "dev", folder / "leds");
    }

    std::unique_ptr<machine::detail::LineDriver> open(unsigned offset, const LineConfig& config)
    {
        if (!backend) {
            backend = search().backend;
        }
        return backend->open(LineAddress{"gpiochip0", offset}, config, "test", sink);
    }

    void use_as_board()
    {
        machine::detail::use_board(std::make_unique<machine::Board>(search().backend, ""));
    }

    std::filesystem::path folder;
    std::shared_ptr<machine::detail::Backend> backend;
    Sink sink;
};

TEST_F(Gpiod, ChipsAreFoundInTheOrderOfTheirNumbersAndLinksToThemAreLeftOut)
{
    touch(folder / "dev" / "gpiochip10");
    touch(folder / "dev" / "gpiochip2");
    touch(folder / "dev" / "gpiochip");
    std::filesystem::create_symlink("gpiochip0", folder / "dev" / "gpiochip4");
    backend = search().backend;

    ASSERT_EQ(backend->chips().size(), 3U);
    EXPECT_EQ(backend->chips()[0].name, "gpiochip0");
    EXPECT_EQ(backend->chips()[1].name, "gpiochip2");
    EXPECT_EQ(backend->chips()[2].name, "gpiochip10");
    EXPECT_EQ(backend->chips()[2].path, (folder / "dev" / "gpiochip10").string());
    EXPECT_EQ(backend->description().substr(0, 56),
              "libgpiod 1.6.fake, gpiochip0 (fake-pinctrl, 8 lines), gp");
}

TEST_F(Gpiod, WithoutChipsTheReasonSaysWhereItLooked)
{
    std::filesystem::remove(folder / "dev" / "gpiochip0");
    const auto found = search();
    EXPECT_EQ(found.backend, nullptr);
    EXPECT_EQ(found.reason, "no " + (folder / "dev" / "gpiochip*").string() + " found");
}

TEST_F(Gpiod, AChipThatMayNotBeOpenedIsTheReasonTogetherWithTheCure)
{
    GpiodFake::fail("open", EACCES);
    const auto found = search();
    EXPECT_EQ(found.backend, nullptr);
    EXPECT_EQ(found.reason, "cannot open '" + (folder / "dev" / "gpiochip0").string() +
                                "': Permission denied; add the user to the group that owns it, "
                                "often 'gpio'");
}

TEST_F(Gpiod, InfoTellsWhatTheKernelTellsAndRequestsNothing)
{
    GpiodFake::name(3, "GPIO3");
    GpiodFake::occupy(3, "spi0 CS1");
    GpiodFake::make_output(3, 1);
    backend = search().backend;

    const machine::LineInfo info = backend->info(LineAddress{"gpiochip0", 3});
    EXPECT_EQ(info.name, "GPIO3");
    EXPECT_EQ(info.consumer, "spi0 CS1");
    EXPECT_TRUE(info.used);
    EXPECT_TRUE(info.output);
    EXPECT_FALSE(info.active_low);
    EXPECT_EQ(info.bias, Bias::as_is);
    EXPECT_EQ(GpiodFake::take_calls(), Calls{});
}

TEST_F(Gpiod, EverySettingReachesTheRequest)
{
    (void)open(0, LineConfig{Mode::in});
    (void)open(0, LineConfig{Mode::in, Bias::up});
    (void)open(0, LineConfig{Mode::in, Bias::down, {}, true});
    (void)open(0, LineConfig{Mode::in, Bias::disabled});
    (void)open(0, LineConfig{Mode::out, Bias::as_is, true});
    (void)open(0, LineConfig{Mode::open_drain, Bias::up, false});
    (void)open(0, LineConfig{});
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 0 input", "release 0", "request 0 input bias-up", "release 0",
                     "request 0 input active-low bias-down", "release 0",
                     "request 0 input bias-disabled", "release 0", "request 0 output=1",
                     "release 0", "request 0 output=0 open-drain bias-up", "release 0",
                     "request 0 as-is", "release 0"}));
}

TEST_F(Gpiod, ABusyLineIsAnErrorThatNamesLineAndChip)
{
    GpiodFake::occupy(5, "another");
    try {
        (void)open(5, LineConfig{Mode::in});
        FAIL() << "the line was given twice";
    } catch (const asyncio::OSError& error) {
        EXPECT_EQ(error.code().value(), EBUSY);
        EXPECT_EQ(std::string{error.what()}, "cannot request line 5 of '" +
                                                 (folder / "dev" / "gpiochip0").string() +
                                                 "': Device or resource busy");
    }
    GpiodFake::vacate(5);
    EXPECT_NO_THROW((void)open(5, LineConfig{Mode::in}));
}

TEST_F(Gpiod, FailuresToReadAndWriteAreErrorsWithTheKernelsReason)
{
    const auto line = open(1, LineConfig{Mode::out, Bias::as_is, false});
    GpiodFake::fail("get", EIO);
    EXPECT_THROW((void)line->get(), asyncio::OSError);
    GpiodFake::fail("set", ENODEV);
    try {
        line->set(true);
        FAIL();
    } catch (const asyncio::OSError& error) {
        EXPECT_EQ(error.code().value(), ENODEV);
    }
    line->set(true);
    EXPECT_TRUE(line->get());
}

TEST_F(Gpiod, AnOutputIsNeverLetGoBetweenModesAndItsValueComesWithThem)
{
    const auto line = open(2, LineConfig{Mode::out, Bias::as_is, true});
    line->configure(LineConfig{Mode::open_drain, Bias::up, true}, false);
    line->configure(LineConfig{Mode::out, Bias::as_is, true}, true);
    line->configure(LineConfig{Mode::in}, false);
    line->configure(LineConfig{Mode::out, Bias::as_is, false}, false);
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 2 output=1", "configure 2 output=1 open-drain bias-up",
                     "configure 2 output=1", "configure 2 input", "configure 2 output=0"}));
}

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

TEST_F(Gpiod, ALineIsFreeForOthersAsSoonAsItIsReleased)
{
    asyncio::VirtualLoop loop;
    auto line = open(2, LineConfig{Mode::in});
    line->configure(LineConfig{Mode::in}, true);
    loop.run_until_idle();  // The poll is in flight.
    line.reset();
    line = open(2, LineConfig{Mode::in});
    line->configure(LineConfig{Mode::in}, true);  // The old watcher has not ended yet.
    GpiodFake::edge(2, false, 2s);
    loop.run_until_idle();
    EXPECT_EQ(sink.edges, (std::vector{Edge{false, 2s}}));
    line.reset();
    loop.run_until_idle();
    EXPECT_EQ(loop.operations(), 0U);
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

TEST_F(Gpiod, ALineThatWasTakenInBetweenCanBeHadAgainLater)
{
    asyncio::VirtualLoop loop;
    const auto line = open(2, LineConfig{Mode::in});
    GpiodFake::fail("request", EBUSY);
    EXPECT_THROW(line->configure(LineConfig{Mode::in}, true), asyncio::OSError);
    EXPECT_THROW((void)line->get(), asyncio::RuntimeError);
    EXPECT_THROW(line->set(true), asyncio::RuntimeError);
    line->configure(LineConfig{Mode::in}, true);
    GpiodFake::put(2, 1);
    EXPECT_TRUE(line->get());
}

TEST_F(Gpiod, ALevelIsReadThroughOurOwnRequestOrThroughOneForAMoment)
{
    const LineAddress two{"gpiochip0", 2};
    GpiodFake::put(2, 1);
    backend = search().backend;
    EXPECT_TRUE(backend->read(two));
    EXPECT_EQ(GpiodFake::take_calls(), (Calls{"request 2 as-is", "release 2"}));

    const auto line = open(2, LineConfig{Mode::in, Bias::as_is, {}, true});
    (void)GpiodFake::take_calls();
    EXPECT_FALSE(line->get()) << "active low";
    EXPECT_TRUE(backend->read(two)) << "the level, not the value";
    EXPECT_EQ(GpiodFake::take_calls(), Calls{});
}

TEST_F(Gpiod, LedsAreTheKernelsInTheOrderOfTheirNames)
{
    for (const std::string name : {"PWR", "ACT"}) {
        std::filesystem::create_directory(folder / "leds" / name);
        touch(folder / "leds" / name / "max_brightness", "255\n");
        touch(folder / "leds" / name / "brightness", "0\n");
    }
    backend = search().backend;
    const auto led = backend->open_led(1);
    EXPECT_FALSE(led->lit());
    led->light(true);
    EXPECT_TRUE(led->lit());

    std::string brightness;
    std::ifstream{folder / "leds" / "ACT" / "brightness"} >> brightness;
    EXPECT_EQ(brightness, "255");
    EXPECT_FALSE(backend->open_led(2)->lit());
    try {
        (void)backend->open_led(3);
        FAIL();
    } catch (const std::invalid_argument& error) {
        EXPECT_EQ(std::string{error.what()},
                  "there is no LED 3: " + (folder / "leds").string() + " has 2");
    }
}

// --- Pins on it -------------------------------------------------------------------------------

Coroutine<> watch(machine::Pin pin, std::vector<Edge>& seen)
{
    for (;;) {
        const Edge edge = co_await pin.edge();
        seen.push_back(edge);
    }
}

TEST_F(Gpiod, APinOnARealBoardKeepsWhatItFinds)
{
    use_as_board();
    GpiodFake::make_output(3, 1);
    {
        machine::Pin pin(3);
        EXPECT_EQ(pin.mode(), machine::Pin::OUT);
        EXPECT_EQ(pin.value(), 1);
        pin.toggle();
        EXPECT_EQ(GpiodFake::take_calls(), (Calls{"request 3 as-is", "set 3 0"}));
    }
    EXPECT_EQ(GpiodFake::take_calls(), Calls{"release 3"});
}

TEST_F(Gpiod, AnOutputWithoutAValueIsReadBeforeItsDirectionIsSet)
{
    use_as_board();
    GpiodFake::put(3, 1);
    const machine::Pin pin(3, machine::Pin::OUT);
    EXPECT_EQ(GpiodFake::take_calls(), (Calls{"request 3 as-is", "configure 3 output=1"}));
}

TEST_F(Gpiod, AnActiveLowOutputWithoutAValueKeepsTheLevelToo)
{
    use_as_board();
    GpiodFake::put(3, 1);
    machine::Line line{LineAddress{"gpiochip0", 3}, LineConfig{Mode::out, Bias::as_is, {}, true}};
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 3 as-is active-low", "configure 3 output=0 active-low"}));
    EXPECT_EQ(line.value(), 0);
    EXPECT_EQ(machine::board().read(line.address()), 1);
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

TEST_F(Gpiod, ALedOnARealBoardIsTheKernels)
{
    use_as_board();
    EXPECT_THROW(machine::LED(1), std::invalid_argument);
    EXPECT_THROW((void)machine::simulated_board(), asyncio::RuntimeError);
}

}  // namespace
