// Every command of the pigpio protocol, on the simulated board and the virtual clock.

#include "boardd/pigpio/commands.hpp"

#include <asyncio/testing.hpp>
#include <machine/board.hpp>
#include <machine/simulated_board.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace {

using boardd::Board;
using boardd::pigpio::Client;
using boardd::pigpio::Commands;
using boardd::pigpio::Notifications;
using boardd::pigpio::Options;
using boardd::pigpio::Report;
using boardd::pigpio::ReportSink;
using boardd::pigpio::Request;
using boardd::pigpio::Result;
using namespace std::chrono_literals;

// Numbers, as a client has them: not those of the code under test.
constexpr std::uint32_t MODES = 0, MODEG = 1, PUD = 2, READ = 3, WRITE = 4, PWM = 5, PRS = 6,
                        PFS = 7, SERVO = 8, WDOG = 9, BR1 = 10, BR2 = 11, BC1 = 12, BC2 = 13,
                        BS1 = 14, BS2 = 15, TICK = 16, HWVER = 17, NO = 18, NB = 19, NP = 20,
                        NC = 21, PRG = 22, PFG = 23, PRRG = 24, PIGPV = 26, TRIG = 37, MICS = 46,
                        MILS = 47, GDC = 83, GPW = 84, HP = 86, FG = 97, FN = 98, NOIB = 99,
                        EVM = 115, EVT = 116;

std::string word(std::uint32_t number)
{
    std::string bytes;
    for (int i = 0; i < 4; ++i) {
        bytes.push_back(static_cast<char>(number >> (8 * i)));
    }
    return bytes;
}

/// A connection that keeps its reports.
class Connection final : public ReportSink {
public:
    void send_report(const Report& report) noexcept override { reports.push_back(report); }

    std::vector<Report> take() { return std::exchange(reports, {}); }
    [[nodiscard]] std::vector<std::uint32_t> take_levels()
    {
        std::vector<std::uint32_t> levels;
        for (const Report& report : take()) {
            levels.push_back(report.levels);
        }
        return levels;
    }

    std::vector<Report> reports;
    Client client{*this};
};

using Levels = std::vector<std::uint32_t>;

class PigpioCommands : public testing::Test {
protected:
    PigpioCommands()
    {
        machine::use_backend("simulated");
        board_.emplace(machine::board());
        make(Options{});
    }
    ~PigpioCommands() override { notifications_.reset(); }

    void make(const Options& options)
    {
        notifications_.emplace(*board_, options.exposed, options.sync_reports);
        commands_.emplace(*board_, *notifications_, options);
    }

    Result result(Connection& connection, std::uint32_t command, std::uint32_t p1 = 0,
                  std::uint32_t p2 = 0, std::string extension = {})
    {
        return commands_->execute(Request{command, p1, p2, std::move(extension)},
                                  connection.client);
    }
    std::int64_t ask(std::uint32_t command, std::uint32_t p1 = 0, std::uint32_t p2 = 0,
                     std::string extension = {})
    {
        return static_cast<std::int32_t>(result(a_, command, p1, p2, std::move(extension)).value);
    }
    std::uint32_t open(Connection& connection) { return result(connection, NOIB).value; }

    void press(unsigned gpio, int level)
    {
        machine::simulated_board().drive(gpio, level);
        loop_.run_until_idle();
    }

    asyncio::VirtualLoop loop_;
    std::optional<Board> board_;
    std::optional<Notifications> notifications_;
    std::optional<Commands> commands_;
    Connection a_;
    Connection b_;
};

TEST_F(PigpioCommands, ModesChangeTheDirection)
{
    EXPECT_EQ(ask(MODEG, 17), 0);
    EXPECT_EQ(ask(MODES, 17, 1), 0);
    EXPECT_EQ(ask(MODEG, 17), 1);
    EXPECT_EQ(ask(MODES, 17, 0), 0);
    EXPECT_EQ(ask(MODEG, 17), 0);
}

TEST_F(PigpioCommands, ModesAreChecked)
{
    EXPECT_EQ(ask(MODES, 54, 1), -3);
    EXPECT_EQ(ask(MODES, 17, 8), -4);
    EXPECT_EQ(ask(MODES, 17, 4), -41);  // Alternative functions cannot be had.
    EXPECT_EQ(ask(MODES, 28, 1), -41);
    EXPECT_EQ(ask(MODEG, 54), -3);
    EXPECT_EQ(ask(MODEG, 0xffff'ffff), -3);
}

TEST_F(PigpioCommands, WriteForcesAnOutput)
{
    EXPECT_EQ(ask(WRITE, 17, 1), 0);
    EXPECT_EQ(ask(MODEG, 17), 1);
    EXPECT_EQ(ask(READ, 17), 1);
    EXPECT_EQ(ask(WRITE, 17, 0), 0);
    EXPECT_EQ(ask(READ, 17), 0);
    EXPECT_EQ(ask(WRITE, 17, 2), -5);
    EXPECT_EQ(ask(WRITE, 99, 1), -3);
    EXPECT_EQ(ask(WRITE, 0, 1), -41);
}

TEST_F(PigpioCommands, PullsMoveAnInput)
{
    EXPECT_EQ(ask(MODES, 4, 0), 0);
    EXPECT_EQ(ask(PUD, 4, 2), 0);
    EXPECT_EQ(ask(READ, 4), 1);
    EXPECT_EQ(ask(PUD, 4, 1), 0);
    EXPECT_EQ(ask(READ, 4), 0);
    EXPECT_EQ(ask(PUD, 4, 0), 0);
    EXPECT_EQ(ask(PUD, 4, 3), -6);
    EXPECT_EQ(ask(PUD, 54, 0), -3);
}

TEST_F(PigpioCommands, APullOfAnOutputIsAccepted)
{
    EXPECT_EQ(ask(WRITE, 4, 0), 0);
    EXPECT_EQ(ask(PUD, 4, 2), 0);
    EXPECT_EQ(ask(READ, 4), 0);
    EXPECT_EQ(ask(MODEG, 4), 1);
}

TEST_F(PigpioCommands, ALineThatSomebodyElseHoldsIsInUse)
{
    const machine::Line other{machine::board().find("GPIO9")};
    EXPECT_EQ(ask(WRITE, 9, 1), -50);
    EXPECT_EQ(ask(MODES, 9, 0), -50);
    EXPECT_EQ(ask(PWM, 9, 10), -50);
    EXPECT_EQ(ask(GDC, 9), -92);
    EXPECT_NE(result(a_, WRITE, 9, 1).failure, "");
}

TEST_F(PigpioCommands, BanksAreReadLive)
{
    machine::simulated_board().drive(5, 1);
    EXPECT_EQ(ask(BR1), 1 << 5);
    ask(WRITE, 27, 1);
    EXPECT_EQ(ask(BR1), 1 << 5 | 1 << 27);
    machine::simulated_board().drive(0, 1);   // Not exposed.
    machine::simulated_board().drive(40, 1);
    EXPECT_EQ(ask(BR1), 1 << 5 | 1 << 27);
    EXPECT_EQ(ask(BR2), 0);
}

TEST_F(PigpioCommands, TheSecondBankIsReadWhereItIsExposed)
{
    Options options;
    options.exposed |= std::uint64_t{1} << 40;
    make(options);
    machine::simulated_board().drive(40, 1);
    EXPECT_EQ(ask(BR2), 1 << 8);
    EXPECT_EQ(ask(WRITE, 40, 0), 0);
    EXPECT_EQ(ask(BS2, 1U << 8), 0);
    EXPECT_EQ(ask(READ, 40), 1);
    EXPECT_EQ(ask(BC2, 1U << 9), -42);
    EXPECT_EQ(ask(PWM, 40, 1), -2);
}

TEST_F(PigpioCommands, BanksWriteOutputsAndChangeNoModes)
{
    ask(WRITE, 5, 0);
    ask(WRITE, 6, 0);
    ask(MODES, 7, 0);
    EXPECT_EQ(ask(BS1, 1 << 5 | 1 << 6 | 1 << 7), 0);
    EXPECT_EQ(ask(BR1), 1 << 5 | 1 << 6);
    EXPECT_EQ(ask(MODEG, 7), 0);
    EXPECT_EQ(ask(BC1, 1 << 5), 0);
    EXPECT_EQ(ask(BR1), 1 << 6);
    EXPECT_EQ(ask(BC1, 1 << 6 | 1), -42);  // GPIO 0 is not exposed, the other is written.
    EXPECT_EQ(ask(BR1), 0);
}

TEST_F(PigpioCommands, PwmHasItsRangeFrequencyAndDuty)
{
    EXPECT_EQ(ask(PRG, 18), 255);
    EXPECT_EQ(ask(PFG, 18), 800);
    EXPECT_EQ(ask(PRRG, 18), 250);
    EXPECT_EQ(ask(GDC, 18), -92);
    EXPECT_EQ(ask(PWM, 18, 64), 0);
    EXPECT_EQ(ask(GDC, 18), 64);
    EXPECT_EQ(ask(MODEG, 18), 1);
    EXPECT_EQ(ask(PFS, 18, 100), 100);
    EXPECT_EQ(ask(PRS, 18, 10'000), 2'000);  // The real range at 100 Hz.
    EXPECT_EQ(ask(GDC, 18), 64 * 10'000 / 255);
    EXPECT_EQ(ask(PWM, 18, 10'001), -8);
    EXPECT_EQ(ask(PWM, 18, 10'000), 0);
    EXPECT_EQ(ask(READ, 18), 1);
    EXPECT_EQ(ask(PWM, 18, 0), 0);
    EXPECT_EQ(ask(READ, 18), 0);
    EXPECT_EQ(ask(GDC, 18), 0);
    EXPECT_EQ(ask(WRITE, 18, 1), 0);
    EXPECT_EQ(ask(GDC, 18), -92);
    EXPECT_EQ(ask(PRG, 18), 10'000);
}

TEST_F(PigpioCommands, PwmIsChecked)
{
    EXPECT_EQ(ask(PWM, 32, 1), -2);
    EXPECT_EQ(ask(PWM, 28, 1), -41);
    EXPECT_EQ(ask(PRS, 18, 24), -21);
    EXPECT_EQ(ask(PRS, 18, 40'001), -21);
    EXPECT_EQ(ask(PRS, 18, 25), 250);
    EXPECT_EQ(ask(PRS, 32, 25), -2);
    EXPECT_EQ(ask(PFS, 32, 25), -2);
    EXPECT_EQ(ask(GDC, 32), -2);
    EXPECT_EQ(ask(GPW, 32), -2);
}

TEST_F(PigpioCommands, TheNearestFrequencyIsTaken)
{
    EXPECT_EQ(ask(PFS, 18, 0), 10);
    EXPECT_EQ(ask(PFS, 18, 55), 50);
    EXPECT_EQ(ask(PFS, 18, 1'000'000), 8'000);
    EXPECT_EQ(ask(PRRG, 18), 25);
    EXPECT_EQ(ask(PFS, 18, 333), 320);
    EXPECT_EQ(ask(PFG, 18), 320);
}

TEST_F(PigpioCommands, ServoPulsesHaveTheirWidth)
{
    EXPECT_EQ(ask(GPW, 12), -93);
    EXPECT_EQ(ask(SERVO, 12, 1'500), 0);
    EXPECT_EQ(ask(GPW, 12), 1'500);
    EXPECT_EQ(ask(GDC, 12), -92);
    EXPECT_EQ(ask(MODEG, 12), 1);
    EXPECT_EQ(ask(SERVO, 12, 0), 0);
    EXPECT_EQ(ask(GPW, 12), 0);
    EXPECT_EQ(ask(SERVO, 12, 499), -7);
    EXPECT_EQ(ask(SERVO, 12, 2'501), -7);
    EXPECT_EQ(ask(SERVO, 12, 2'500), 0);
    EXPECT_EQ(ask(SERVO, 32, 1'500), -2);
    EXPECT_EQ(ask(MODES, 12, 0), 0);  // A change of mode ends them.
    EXPECT_EQ(ask(GPW, 12), -93);
}

TEST_F(PigpioCommands, TriggerPulsesGoToTheLevelAndBack)
{
    const std::uint32_t handle = open(b_);
    ask(NB, handle, 1 << 17);
    EXPECT_EQ(ask(TRIG, 17, 10, word(1)), 0);
    EXPECT_EQ(b_.take_levels(), (Levels{1 << 17, 0}));
    EXPECT_EQ(ask(TRIG, 17, 0, word(1)), -46);
    EXPECT_EQ(ask(TRIG, 17, 101, word(1)), -46);
    EXPECT_EQ(ask(TRIG, 17, 10, word(2)), -5);
    EXPECT_EQ(ask(TRIG, 17, 10), -5);
    EXPECT_EQ(ask(TRIG, 32, 10, word(1)), -2);
}

TEST_F(PigpioCommands, TheDaemonTellsWhatItIs)
{
    EXPECT_EQ(ask(HWVER), 0xa02082);
    EXPECT_EQ(ask(PIGPV), 79);
    Options options;
    options.revision = 0xd04170;
    make(options);
    EXPECT_EQ(ask(HWVER), 0xd04170);
}

TEST_F(PigpioCommands, TicksAreTheMicrosecondsOfTheReportsClock)
{
    loop_.advance(5s);
    const auto tick = ask(TICK);
    loop_.advance(1234us);
    EXPECT_EQ(ask(TICK), tick + 1234);
    const std::uint32_t handle = open(b_);
    ask(NB, handle, 1 << 4);
    press(4, 1);
    ASSERT_EQ(b_.reports.size(), 1U);
    EXPECT_EQ(b_.reports[0].tick, tick + 1234);
}

TEST_F(PigpioCommands, TicksWrap)
{
    EXPECT_EQ(boardd::pigpio::to_tick(1us), 1U);
    EXPECT_EQ(boardd::pigpio::to_tick(4'294'967'296us + 7us), 7U);
}

TEST_F(PigpioCommands, DelaysAreCheckedAndLeftToTheConnection)
{
    EXPECT_EQ(result(a_, MICS, 1'000'000).delay, 1s);
    EXPECT_EQ(ask(MICS, 1'000'001), -64);
    EXPECT_EQ(result(a_, MILS, 60'000).delay, 60s);
    EXPECT_EQ(ask(MILS, 60'001), -65);
}

TEST_F(PigpioCommands, WhatIsNotOfferedIsUnknown)
{
    for (const std::uint32_t command : {25U, 27U, 28U, 38U, 54U, 56U, 85U, 104U, 110U, 114U, 117U,
                                        200U, 0x7fff'ffffU, 0xffff'ffffU}) {
        EXPECT_EQ(ask(command, 1, 2, "extension"), -88) << command;
    }
    EXPECT_EQ(ask(NO), -24);
}

TEST_F(PigpioCommands, HardwarePwmIsNotThere)
{
    EXPECT_EQ(ask(HP, 18, 1000, word(500'000)), -95);
    EXPECT_EQ(ask(HP, 18, 1000, word(1'000'001)), -97);
    EXPECT_EQ(ask(HP, 18, 1000), -97);
    EXPECT_EQ(ask(HP, 54, 1000, word(1)), -3);
}

TEST_F(PigpioCommands, FiltersAndWatchdogsAreChecked)
{
    EXPECT_EQ(ask(FG, 4, 0), 0);
    EXPECT_EQ(ask(FG, 4, 300'000), 0);
    EXPECT_EQ(ask(FG, 4, 300'001), -125);
    EXPECT_EQ(ask(FG, 32, 0), -2);
    EXPECT_EQ(ask(FN, 4, 1000, word(2000)), 0);
    EXPECT_EQ(ask(FN, 4, 300'001, word(2000)), -125);
    EXPECT_EQ(ask(FN, 4, 1000, word(1'000'001)), -125);
    EXPECT_EQ(ask(FN, 4, 1000), -125);
    EXPECT_EQ(ask(FN, 32, 0, word(0)), -2);
    EXPECT_EQ(ask(WDOG, 4, 60'000), 0);
    EXPECT_EQ(ask(WDOG, 4, 60'001), -15);
    EXPECT_EQ(ask(WDOG, 32, 1), -2);
    EXPECT_EQ(ask(WDOG, 4, 0), 0);
}

TEST_F(PigpioCommands, ChangesAreReportedToWhoAskedForThem)
{
    const std::uint32_t handle = open(b_);
    EXPECT_EQ(ask(NB, handle, 1 << 4), 0);  // From another connection than NOIB's.
    press(4, 1);
    press(4, 0);
    ASSERT_EQ(b_.reports.size(), 2U);
    EXPECT_EQ(b_.reports[0], (Report{0, 0, b_.reports[0].tick, 1 << 4}));
    EXPECT_EQ(b_.reports[1], (Report{1, 0, b_.reports[1].tick, 0}));
    EXPECT_TRUE(a_.reports.empty());
}

TEST_F(PigpioCommands, HandlesAreTheLowestThatAreFree)
{
    EXPECT_EQ(open(a_), 0U);
    EXPECT_EQ(open(b_), 1U);
    EXPECT_EQ(open(b_), 2U);
    EXPECT_EQ(ask(NC, 1), 0);
    EXPECT_EQ(open(a_), 1U);
    notifications_->close_all(b_);
    EXPECT_EQ(ask(NB, 2, 1), -25);
    EXPECT_EQ(ask(NB, 1, 1), 0);
    EXPECT_EQ(notifications_->handles(), 2U);
}

TEST_F(PigpioCommands, UnknownHandlesAreRefused)
{
    for (const std::uint32_t command : {NB, NP, NC, EVM}) {
        EXPECT_EQ(ask(command, 0, 0), -25) << command;
        EXPECT_EQ(ask(command, 0xffff'ffff, 0), -25) << command;
    }
}

TEST_F(PigpioCommands, ThereAreManyHandlesButNotWithoutEnd)
{
    std::vector<std::unique_ptr<Connection>> connections;
    std::int32_t last = 0;
    while (last >= 0 && connections.size() < 2000) {
        connections.push_back(std::make_unique<Connection>());
        last = static_cast<std::int32_t>(open(*connections.back()));
    }
    EXPECT_EQ(last, -24);
    EXPECT_EQ(connections.size(), 1025U);
    notifications_->close_all(*connections[7]);
    EXPECT_EQ(open(a_), 7U);
    for (const auto& connection : connections) {
        notifications_->close_all(*connection);
    }
}

TEST_F(PigpioCommands, OneConnectionCannotTakeAllHandles)
{
    for (unsigned i = 0; i < 8; ++i) {
        EXPECT_EQ(open(b_), i);
    }
    EXPECT_EQ(static_cast<std::int32_t>(open(b_)), -24);
    EXPECT_EQ(open(a_), 8U);
}

TEST_F(PigpioCommands, APullThatMovesAnUnwatchedPinIsReportedBeforeTheReply)
{
    const std::uint32_t handle = open(b_);
    ask(MODES, 4, 0);
    ask(PUD, 4, 2);
    EXPECT_EQ(b_.take_levels(), Levels{1 << 4});
    ask(NB, handle, 1 << 4);
    EXPECT_EQ(b_.take_levels(), Levels{});
    press(4, 0);  // The first press: no client can take it for no change.
    EXPECT_EQ(b_.take_levels(), Levels{0});
}

TEST_F(PigpioCommands, WithoutSyncReportsOnlyTheMaskCounts)
{
    Options options;
    options.sync_reports = false;
    make(options);
    const std::uint32_t handle = open(b_);
    ask(PUD, 4, 2);
    ask(WRITE, 5, 1);
    EXPECT_EQ(b_.take_levels(), Levels{});
    ask(NB, handle, 1 << 5);
    ask(WRITE, 5, 0);
    EXPECT_EQ(b_.take_levels(), Levels{1 << 4});
}

TEST_F(PigpioCommands, AStaleWordOfBr1IsCorrectedRightAfterNoib)
{
    ask(MODES, 4, 0);
    EXPECT_EQ(result(b_, BR1).value, 0U);
    ask(PUD, 4, 2);
    const Result opened = result(b_, NOIB);
    ASSERT_TRUE(opened.report_levels);
    notifications_->report_levels(*opened.report_levels);
    EXPECT_EQ(b_.take_levels(), Levels{1 << 4});

    EXPECT_EQ(result(a_, BR1).value, 1U << 4);
    EXPECT_FALSE(result(a_, NOIB).report_levels);
}

TEST_F(PigpioCommands, WhatChangedUnseenIsToldWhenSomebodyLooks)
{
    const std::uint32_t handle = open(b_);
    machine::simulated_board().drive(6, 1);  // Nobody watches GPIO 6.
    loop_.run_until_idle();
    EXPECT_EQ(b_.take_levels(), Levels{});
    ask(BR1);
    EXPECT_EQ(b_.take_levels(), Levels{1 << 6});
    machine::simulated_board().drive(6, 0);
    loop_.run_until_idle();
    ask(NB, handle, 1 << 6);
    EXPECT_EQ(b_.take_levels(), Levels{0});
}

TEST_F(PigpioCommands, PausingStopsChangesOfTheMaskAlone)
{
    Options options;
    options.sync_reports = false;
    make(options);
    const std::uint32_t handle = open(b_);
    ask(NB, handle, 1 << 4);
    EXPECT_EQ(ask(NP, handle), 0);
    press(4, 1);
    EXPECT_EQ(b_.take_levels(), Levels{});
    ask(NB, handle, 1 << 4);
    press(4, 0);
    EXPECT_EQ(b_.take_levels(), Levels{0});
}

TEST_F(PigpioCommands, EdgesOfPwmGoOnlyToWhoAskedForThem)
{
    Connection watcher;
    const std::uint32_t all = open(b_);
    const std::uint32_t pwm = open(watcher);
    ask(NB, all, 1 << 4);
    ask(NB, pwm, 1 << 18);
    ask(PFS, 18, 100);
    ask(PWM, 18, 128);
    loop_.advance(36ms);
    EXPECT_EQ(b_.take_levels(), Levels{});
    EXPECT_EQ(watcher.take_levels().size(), 8U);
    ask(WRITE, 18, 0);
    notifications_->close_all(watcher);
}

TEST_F(PigpioCommands, WhatPwmDidIsToldToWhoBeginsToWatch)
{
    const std::uint32_t handle = open(b_);
    ask(PWM, 18, 255);
    EXPECT_EQ(b_.take_levels(), Levels{});
    ask(NB, handle, 1 << 18);
    EXPECT_EQ(b_.take_levels(), Levels{1 << 18});
    ask(WRITE, 18, 0);
    EXPECT_EQ(b_.take_levels(), Levels{0});
}

TEST_F(PigpioCommands, TheGlitchFilterHoldsReportsBackButNotReads)
{
    const std::uint32_t handle = open(b_);
    ask(NB, handle, 1 << 4);
    ask(FG, 4, 1'000);
    const auto start = ask(TICK);
    press(4, 1);
    EXPECT_EQ(ask(READ, 4), 1);
    EXPECT_EQ(b_.take_levels(), Levels{});
    loop_.advance(500us);
    press(4, 0);
    loop_.advance(300us);
    press(4, 1);
    loop_.advance(999us);
    EXPECT_EQ(b_.take_levels(), Levels{});
    loop_.advance(1us);
    ASSERT_EQ(b_.reports.size(), 1U);
    EXPECT_EQ(b_.reports[0], (Report{0, 0, static_cast<std::uint32_t>(start + 1'800), 1 << 4}));
    press(4, 0);
    press(4, 1);
    loop_.advance(10ms);
    EXPECT_EQ(b_.take_levels(), Levels{1 << 4});  // That was the one from before.
}

TEST_F(PigpioCommands, AFilteredPinDoesNotLeakIntoOtherReports)
{
    const std::uint32_t handle = open(b_);
    ask(NB, handle, 1 << 4 | 1 << 5);
    ask(FG, 4, 1'000);
    press(4, 1);
    press(5, 1);
    EXPECT_EQ(b_.take_levels(), Levels{1 << 5});
    loop_.advance(1ms);
    EXPECT_EQ(b_.take_levels(), Levels{1 << 5 | 1 << 4});
}

TEST_F(PigpioCommands, AWatchdogBarksAsLongAsNothingChanges)
{
    const std::uint32_t handle = open(b_);
    ask(NB, handle, 1 << 4);
    EXPECT_EQ(ask(WDOG, 4, 100), 0);
    loop_.advance(250ms);
    ASSERT_EQ(b_.reports.size(), 2U);
    EXPECT_EQ(b_.reports[0].flags, 0x24);
    EXPECT_EQ(b_.reports[1].number, 1);
    press(4, 1);  // Its time begins anew.
    loop_.advance(99ms);
    EXPECT_EQ(b_.take().size(), 3U);
    loop_.advance(1ms);
    EXPECT_EQ(b_.take().size(), 1U);
    ask(WDOG, 4, 0);
    loop_.advance(1s);
    EXPECT_EQ(b_.take().size(), 0U);
}

TEST_F(PigpioCommands, AWatchdogThatNobodyHearsSleepsUntilSomebodyComes)
{
    ask(WDOG, 4, 100);
    loop_.advance(1s);
    const std::uint32_t handle = open(b_);
    loop_.advance(1s);
    EXPECT_EQ(b_.take().size(), 0U);
    ask(NB, handle, 1 << 4);
    loop_.advance(100ms);
    EXPECT_EQ(b_.take().size(), 1U);
}

TEST_F(PigpioCommands, EventsGoToWhoMaskedThem)
{
    const std::uint32_t handle = open(b_);
    EXPECT_EQ(ask(EVT, 5), 0);
    EXPECT_EQ(b_.take().size(), 0U);
    EXPECT_EQ(ask(EVM, handle, 1 << 5 | 1U << 31), 0);
    EXPECT_EQ(ask(EVT, 5), 0);
    EXPECT_EQ(ask(EVT, 6), 0);
    EXPECT_EQ(ask(EVT, 31), 0);
    ASSERT_EQ(b_.reports.size(), 2U);
    EXPECT_EQ(b_.reports[0].flags, 0x85);
    EXPECT_EQ(b_.reports[1].flags, 0x9f);
    EXPECT_EQ(ask(EVT, 32), -143);
}

TEST_F(PigpioCommands, AHandleWithoutReportsIsKeptAlive)
{
    const std::uint32_t handle = open(b_);
    loop_.advance(59s);
    EXPECT_EQ(b_.take().size(), 0U);
    loop_.advance(1s);
    ASSERT_EQ(b_.reports.size(), 1U);
    EXPECT_EQ(b_.reports[0].flags, 0x40);
    b_.take();
    loop_.advance(30s);
    ask(NB, handle, 1 << 4);
    press(4, 1);
    b_.take();
    loop_.advance(59s);
    EXPECT_EQ(b_.take().size(), 0U);
    loop_.advance(1s);
    EXPECT_EQ(b_.take().size(), 1U);
}

TEST_F(PigpioCommands, PinsThatAreNotExposedAreNotReported)
{
    const std::uint32_t handle = open(b_);
    EXPECT_EQ(ask(NB, handle, 0xffff'ffff), 0);
    press(1, 1);
    EXPECT_EQ(b_.take_levels(), Levels{});
    EXPECT_EQ(ask(READ, 1), -41);
}

}  // namespace
