// The shared pins of boardd, on the simulated board and the virtual clock.

#include "boardd/board.hpp"

#include <asyncio/testing.hpp>
#include <machine/board.hpp>
#include <machine/simulated_board.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace {

using boardd::Board;
using boardd::LevelChange;
using boardd::OnStop;
using boardd::PinConfig;
using boardd::PinError;
using boardd::PinFault;
using boardd::PinMode;
using boardd::PinPull;
using boardd::SharedPin;
using boardd::SoftPwm;
using namespace std::chrono_literals;

using Trace = std::vector<std::string>;
using Times = std::vector<boardd::Time>;

class SharedPins : public testing::Test {
protected:
    SharedPins()
    {
        machine::use_backend("simulated");
        make({});
    }

    void make(const Board::Pins& pins)
    {
        subscription_.reset();
        board_.reset();
        board_.emplace(machine::board(), pins);
        subscription_ = board_->subscribe([this](const LevelChange& change) {
            trace_.push_back(change.pin->name() + (change.level ? " 1" : " 0"));
            times_.push_back(change.time);
        });
    }

    SharedPin& pin(std::string_view name) { return board_->find(name); }
    static machine::SimulatedBoard& hand() { return machine::simulated_board(); }

    static PinConfig config(const std::string& line, std::optional<PinMode> mode = {})
    {
        PinConfig pin;
        pin.line = line;
        pin.mode = mode;
        return pin;
    }

    asyncio::VirtualLoop loop_;
    std::optional<Board> board_;
    Board::Subscription subscription_;
    Trace trace_;
    Times times_;
};

TEST_F(SharedPins, HaveManyNames)
{
    make({{"door", config("GPIO17")}});
    for (const char* name : {"17", "simulated:17", "J8:11", "BOARD11", "door"}) {
        EXPECT_EQ(&pin(name), &pin("GPIO17")) << name;
    }
    EXPECT_EQ(board_->gpio(17), &pin("GPIO17"));
    EXPECT_EQ(board_->gpio(54), nullptr);
    EXPECT_EQ(pin("17").name(), "door");
    EXPECT_EQ(pin("17").location(), "simulated:17");
    EXPECT_EQ(pin("17").gpio(), 17U);
}

TEST_F(SharedPins, AreNotFoundByOtherNames)
{
    for (const char* name : {"dor", "GPIO54", "99", "J8:6", "J8:41", "simulated:77", ""}) {
        try {
            (void)pin(name);
            ADD_FAILURE() << name;
        } catch (const PinError& error) {
            EXPECT_EQ(error.fault(), PinFault::unknown) << name;
        }
    }
}

TEST_F(SharedPins, BecomeOutputsInOneStep)
{
    pin("17").write(true);
    EXPECT_EQ(pin("17").mode(), PinMode::out);
    EXPECT_TRUE(pin("17").read());
    pin("17").write(false);
    loop_.run_until_idle();
    EXPECT_EQ(trace_, (Trace{"GPIO17 1", "GPIO17 0"}));
}

TEST_F(SharedPins, KeepTheirLevelWhenAnInputBecomesAnOutput)
{
    pin("17").simulate(true);
    pin("17").set_mode(PinMode::in);
    pin("17").set_mode(PinMode::out);
    hand().release(17);
    EXPECT_EQ(hand().level(17), 1);
    loop_.run_until_idle();
    EXPECT_EQ(trace_, Trace{"GPIO17 1"});
}

TEST_F(SharedPins, KeepTheirLevelWhenAnOutputBecomesOneAgain)
{
    pin("17").write(true);
    pin("17").set_mode(PinMode::out);
    EXPECT_EQ(hand().level(17), 1);
}

TEST_F(SharedPins, ShowAtOnceWhatAPullDoes)
{
    pin("4").set_mode(PinMode::in);
    EXPECT_EQ(trace_, Trace{});
    pin("4").set_pull(PinPull::up);
    EXPECT_EQ(trace_, Trace{"GPIO4 1"});
    EXPECT_EQ(pin("4").pull(), PinPull::up);
    loop_.run_until_idle();
    EXPECT_EQ(trace_, Trace{"GPIO4 1"});  // And not again as an edge.
}

TEST_F(SharedPins, ShowWhatAHandDoesAndWhen)
{
    pin("4").set_mode(PinMode::in);
    loop_.advance(1s);
    const auto before = boardd::now();
    pin("4").simulate(true);
    pin("4").simulate(false);
    loop_.advance(1s);
    EXPECT_EQ(trace_, (Trace{"GPIO4 1", "GPIO4 0"}));
    EXPECT_EQ(times_, (Times{before, before}));
}

TEST_F(SharedPins, ShowNoEdgeFromBeforeAChangeOfMode)
{
    pin("4").set_mode(PinMode::in);
    loop_.advance(1s);
    pin("4").simulate(true);  // Its edge still waits in the loop.
    pin("4").write(false);
    pin("4").write(true);
    loop_.advance(1s);
    EXPECT_EQ(trace_, Trace{"GPIO4 1"});
}

TEST_F(SharedPins, ShowTheirOwnChangesOnce)
{
    pin("4").set_mode(PinMode::in);
    pin("4").write(true);
    pin("4").write(false);
    pin("4").write(true);
    loop_.advance(1s);
    EXPECT_EQ(trace_, (Trace{"GPIO4 1", "GPIO4 0", "GPIO4 1"}));
}

TEST_F(SharedPins, AreReadWithoutBeingClaimed)
{
    hand().drive(5, 1);
    hand().drive(40, 1);
    EXPECT_EQ(board_->levels(0), 1U << 5);
    EXPECT_EQ(board_->levels(1), 1U << 8);
    EXPECT_EQ(board_->levels(0, 0), 0U);
    EXPECT_FALSE(pin("5").claimed());
    EXPECT_EQ(trace_, (Trace{"GPIO5 1", "GPIO40 1"}));  // Everybody learns what one has read.
}

TEST_F(SharedPins, AreBusyWhenSomebodyElseHoldsTheLine)
{
    const machine::Line other{machine::board().find("GPIO9")};
    try {
        pin("9").write(true);
        ADD_FAILURE();
    } catch (const PinError& error) {
        EXPECT_EQ(error.fault(), PinFault::busy);
    }
}

TEST_F(SharedPins, StartAsConfigured)
{
    PinConfig relay = config("GPIO5", PinMode::out);
    relay.on_start_high = true;
    PinConfig button = config("6", PinMode::in);
    button.pull = PinPull::up;
    make({{"relay", relay}, {"button", button}, {"name", config("7")}});
    EXPECT_EQ(pin("relay").mode(), PinMode::out);
    EXPECT_EQ(hand().level(5), 1);
    EXPECT_EQ(pin("button").mode(), PinMode::in);
    EXPECT_EQ(hand().level(6), 1);
    EXPECT_TRUE(pin("button").watched());
    EXPECT_FALSE(pin("name").claimed());
}

TEST_F(SharedPins, StayAsTheyAreWhenTheConfigurationIsWrong)
{
    PinConfig good = config("GPIO5", PinMode::out);
    good.on_start_high = true;
    EXPECT_THROW(make({{"a", good}, {"b", config("GPIO99")}}), PinError);
    EXPECT_THROW(make({{"a", good}, {"b", config("5")}}), PinError);
    EXPECT_EQ(hand().level(5), 0);
}

TEST_F(SharedPins, StopAsConfigured)
{
    Board::Pins pins;
    for (const auto& [line, on_stop] :
         {std::pair{"5", OnStop::low}, std::pair{"6", OnStop::high}, std::pair{"7", OnStop::keep},
          std::pair{"8", OnStop::input}}) {
        PinConfig pin = config(line, PinMode::out);
        pin.on_stop = on_stop;
        pins.emplace(std::string{"p"} + line, pin);
    }
    make(pins);
    pin("5").write(true);
    pin("7").write(true);
    EXPECT_EQ(board_->stop(), Trace{});
    EXPECT_EQ(hand().level(5), 0);
    EXPECT_EQ(hand().level(6), 1);
    EXPECT_EQ(hand().level(7), 1);
    EXPECT_EQ(pin("8").mode(), PinMode::in);
}

TEST_F(SharedPins, EndLowWhenThePulsesOnThemEndWithTheDaemon)
{
    pin("18").pwm().start(128);
    EXPECT_EQ(hand().level(18), 1);
    EXPECT_EQ(board_->stop(), Trace{});
    EXPECT_EQ(hand().level(18), 0);
    trace_.clear();
    loop_.advance(1s);
    EXPECT_EQ(trace_, Trace{});
}

TEST_F(SharedPins, AreHighForTheShareOfAPeriodThatPwmSays)
{
    SoftPwm& pwm = pin("18").pwm();
    pwm.set_frequency(100);
    pwm.set_range(10'000);
    pwm.start(2'500);
    const auto start = boardd::now();
    loop_.advance(25ms);
    EXPECT_EQ(times_, (Times{start, start + 2500us, start + 10ms, start + 12500us, start + 20ms,
                             start + 22500us}));
    pwm.set_range(1'000);
    EXPECT_EQ(pwm.duty(), 250U);
}

TEST_F(SharedPins, WakeNobodyAtTheEndsOfTheRange)
{
    SoftPwm& pwm = pin("18").pwm();
    pwm.start(255);
    EXPECT_EQ(hand().level(18), 1);
    loop_.advance(1s);
    pwm.start(0);
    loop_.advance(1s);
    EXPECT_EQ(hand().level(18), 0);
    EXPECT_EQ(trace_, (Trace{"GPIO18 1", "GPIO18 0"}));
    EXPECT_EQ(pwm.use(), SoftPwm::Use::pwm);
}

TEST_F(SharedPins, GiveServoPulsesFiftyTimesASecond)
{
    pin("12").pwm().start_servo(1'500);
    const auto start = boardd::now();
    loop_.advance(21ms);
    EXPECT_EQ(times_, (Times{start, start + 1500us, start + 20ms}));
    pin("12").pwm().start_servo(0);
    EXPECT_EQ(hand().level(12), 0);
}

TEST_F(SharedPins, EndTheirPulsesWithAWrite)
{
    pin("18").pwm().start(100);
    pin("18").write(true);
    EXPECT_EQ(pin("18").pwm().use(), SoftPwm::Use::none);
    trace_.clear();
    loop_.advance(1s);
    EXPECT_EQ(trace_, Trace{});
    EXPECT_EQ(hand().level(18), 1);
}

TEST_F(SharedPins, AreAnOpenDrainThatStaysOne)
{
    PinConfig bus = config("5", PinMode::open_drain);
    bus.pull = PinPull::up;
    make({{"bus", bus}});
    pin("bus").write(true);
    EXPECT_EQ(pin("bus").mode(), PinMode::open_drain);
    EXPECT_TRUE(pin("bus").read());
    trace_.clear();
    pin("bus").write(false);
    EXPECT_FALSE(pin("bus").read());
    EXPECT_EQ(trace_, Trace{"bus 0"});
}

TEST_F(SharedPins, ForgetObserversThatLeaveAlsoWhenNothingChanges)
{
    for (int i = 0; i < 1000; ++i) {
        const Board::Subscription brief = board_->subscribe([](const LevelChange&) {});
    }
    EXPECT_LE(board_->observer_count(), 2U);
}

TEST_F(SharedPins, LetAnObserverLeaveInItsOwnCall)
{
    int calls = 0;
    Board::Subscription once;
    once = board_->subscribe([&](const LevelChange&) {
        ++calls;
        once.reset();
    });
    pin("3").write(true);
    pin("3").write(false);
    EXPECT_EQ(calls, 1);
}

}  // namespace
