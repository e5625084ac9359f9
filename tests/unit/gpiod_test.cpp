// The backend for real boards, over a libgpiod that keeps a record: gpiod_fake.hpp.
#include "gpiod_fixture.hpp"

#include <machine/pwm.hpp>

#include <asyncio/errors.hpp>
#include <asyncio/testing.hpp>

#include <cerrno>
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

Coroutine<std::string> refusal(machine::LineAddress address)
{
    try {
        const machine::Line line{address};
    } catch (const asyncio::OSError& error) {
        co_return error.what();
    }
    co_return "it was given";
}

TEST_F(Gpiod, ALineWhoseUserIsJustEndingIsAskedForAgainButNotInATask)
{
    use_as_board();
    GpiodFake::fail("request", EBUSY, 3);
    EXPECT_NO_THROW(machine::Line(LineAddress{"gpiochip0", 5}));
    (void)GpiodFake::take_calls();

    GpiodFake::fail("request", EBUSY, 1);
    asyncio::VirtualLoop loop;
    EXPECT_NE(loop.run(refusal(LineAddress{"gpiochip0", 5})), "it was given");
    EXPECT_EQ(GpiodFake::take_calls(), Calls{"request 5 as-is"});
}

TEST_F(Gpiod, ALineIsWhatItsLastUserHasLeftItAs)
{
    use_as_board();
    GpiodFake::make_output(5, 1);
    GpiodFake::fail("request", EBUSY, 2);
    GpiodFake::at_failure([] { GpiodFake::make_input(5); });
    const machine::Line line{LineAddress{"gpiochip0", 5}};
    EXPECT_EQ(line.config().mode, Mode::in);
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
