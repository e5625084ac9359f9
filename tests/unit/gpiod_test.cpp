// The backend for real boards, over a libgpiod that keeps a record: gpiod_fake.hpp.
#include "gpiod_fixture.hpp"

#include <machine/led.hpp>
#include <machine/pwm.hpp>
#include <machine/simulated_board.hpp>

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
              "libgpiod " + GpiodFake::version() + ", gpiochip0 (fake-pinctrl, 8 lines), gp");
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

TEST_F(Gpiod, ABoardThatMayNotBeOpenedIsNotReplacedByTheSimulatedOne)
{
    for (const int error : {EACCES, EPERM}) {
        GpiodFake::fail("open", error);
        try {
            (void)machine::detail::choose_board(search());
            ADD_FAILURE() << "there is a board";
        } catch (const asyncio::RuntimeError& failure) {
            EXPECT_TRUE(
                std::string{failure.what()}.starts_with("cannot use the board: cannot open '"))
                << failure.what();
        }
    }
}

TEST_F(Gpiod, AChipOfAnotherKindIsNoBoard)
{
    GpiodFake::fail("open", ENODEV);
    EXPECT_EQ(machine::detail::choose_board(search())->backend(), "simulated");
    EXPECT_EQ(machine::detail::choose_board(search())->backend(), "gpiod");
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
    (void)open(0, LineConfig{Mode::open_source, Bias::down, true});
    (void)open(0, LineConfig{});
    EXPECT_EQ(GpiodFake::take_calls(),
              (Calls{"request 0 input", "release 0", "request 0 input bias-up", "release 0",
                     "request 0 input active-low bias-down", "release 0",
                     "request 0 input bias-disabled", "release 0", "request 0 output=1",
                     "release 0", "request 0 output=0 open-drain bias-up", "release 0",
                     "request 0 output=1 open-source bias-down", "release 0", "request 0 as-is",
                     "release 0"}));
}

TEST_F(Gpiod, ABusyLineIsAnErrorThatNamesLineAndChip)
{
    GpiodFake::occupy(5, "another");
    try {
        (void)open(5, LineConfig{Mode::in});
        FAIL() << "the line was given twice";
    } catch (const asyncio::OSError& error) {
        EXPECT_EQ(error.code().value(), EBUSY);
        const std::string text = error.what();
        EXPECT_TRUE(text.starts_with("cannot request line 5 of '" +
                                     (folder / "dev" / "gpiochip0").string() +
                                     "' (used by 'another', the kernel"))
            << text;  // Further processes are this machine's.
        EXPECT_TRUE(text.ends_with("): Device or resource busy")) << text;
    }
    GpiodFake::vacate(5);
    EXPECT_NO_THROW((void)open(5, LineConfig{Mode::in}));
}

TEST_F(Gpiod, ALineThatThisProcessHasIsBusyToo)
{
    const auto line = open(5, LineConfig{Mode::in});
    try {
        (void)open(5, LineConfig{Mode::in});
        FAIL() << "the line was given twice";
    } catch (const asyncio::OSError& error) {
        EXPECT_NE(std::string{error.what()}.find("' (used by 'test', this process): "),
                  std::string::npos)
            << error.what();
    }
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
    EXPECT_EQ(led->intensity(), 0U);
    led->intensity(255);
    EXPECT_EQ(led->intensity(), 255U);

    std::string brightness;
    std::ifstream{folder / "leds" / "ACT" / "brightness"} >> brightness;
    EXPECT_EQ(brightness, "255");
    EXPECT_EQ(backend->open_led(2)->intensity(), 0U);
    try {
        (void)backend->open_led(3);
        FAIL();
    } catch (const std::invalid_argument& error) {
        EXPECT_EQ(std::string{error.what()},
                  "there is no LED 3: " + (folder / "leds").string() + " has 2");
    }
}

// --- Pins on it -------------------------------------------------------------------------------

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

TEST_F(Gpiod, ALedOfTheKernelHasAnIntensityAndATrigger)
{
    std::filesystem::create_directory(folder / "leds" / "ACT");
    touch(folder / "leds" / "ACT" / "max_brightness", "10\n");
    touch(folder / "leds" / "ACT" / "brightness", "0\n");
    touch(folder / "leds" / "ACT" / "trigger", "none timer [mmc0] heartbeat\n");
    use_as_board();
    machine::LED led("led:ACT");
    EXPECT_EQ(led.triggers(), (Calls{"none", "timer", "mmc0", "heartbeat"}));
    EXPECT_EQ(led.trigger(), "mmc0");

    const auto word_in = [this](const char* file) {
        std::string word;
        std::ifstream{folder / "leds" / "ACT" / file} >> word;
        return word;
    };
    led.intensity(1);
    EXPECT_EQ(word_in("trigger"), "none") << "it shines for us now";
    EXPECT_EQ(word_in("brightness"), "1") << "not dark";
    EXPECT_EQ(led.value(), 1);
    for (int intensity = 0; intensity <= 255; ++intensity) {
        led.intensity(intensity);
        EXPECT_EQ(led.intensity(), intensity) << "what was set is what is read";
    }
    touch(folder / "leds" / "ACT" / "brightness", "5\n");
    EXPECT_EQ(led.intensity(), 128) << "somebody else has set it";
    led.on();
    EXPECT_EQ(word_in("brightness"), "10");
    EXPECT_EQ(led.intensity(), 255);

    touch(folder / "leds" / "ACT" / "trigger", "[none] timer mmc0 heartbeat\n");
    led.trigger("heartbeat");
    EXPECT_EQ(word_in("trigger"), "heartbeat");
    touch(folder / "leds" / "ACT" / "trigger", "none timer mmc0 [heartbeat]\n");
    try {
        led.trigger("hartbeat");
        FAIL();
    } catch (const std::invalid_argument& error) {
        EXPECT_STREQ(error.what(),
                     "this LED cannot shine for 'hartbeat'; did you mean 'heartbeat'?");
    }
}

TEST_F(Gpiod, ALedOnARealBoardIsTheKernels)
{
    use_as_board();
    EXPECT_THROW(machine::LED(1), std::invalid_argument);
    EXPECT_THROW((void)machine::simulated_board(), asyncio::RuntimeError);
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

TEST_F(Gpiod, AValueThatWasRefusedIsNotDrivenLater)
{
    const auto line = open(2, LineConfig{Mode::out, Bias::as_is, false});
    GpiodFake::fail("set", EIO);
    EXPECT_THROW(line->set(true), asyncio::OSError);
    GpiodFake::fail("configure", EIO);
    EXPECT_THROW(line->configure(LineConfig{Mode::open_drain, Bias::as_is, false}, false),
                 asyncio::OSError);
    EXPECT_EQ(GpiodFake::take_calls().back(), "configure 2 output=0");
}

TEST_F(Gpiod, APwmOnAChipThatIsNotThereIsRefused)
{
    use_as_board();
    EXPECT_THROW(machine::PWM(LineAddress{"gpiochip9", 1}), std::invalid_argument);
}

}  // namespace
