#include <machine/simulated_board.hpp>

#include <machine/board.hpp>
#include <machine/led.hpp>
#include <machine/pin.hpp>

#include <asyncio/errors.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>

#include <cstdlib>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using asyncio::Coroutine;
using machine::LevelChange;
using machine::Pin;
using namespace std::chrono_literals;
using Trace = std::vector<std::string>;

class SimulatedBoard : public ::testing::Test {
protected:
    void SetUp() override { machine::use_backend("simulated"); }

    machine::SimulatedBoard& board() { return machine::simulated_board(); }
    std::shared_ptr<void> trace_changes()
    {
        return board().observe([this](const LevelChange& change) {
            trace.push_back(change.name + '=' + std::to_string(change.level));
        });
    }

    Trace trace;
};

TEST_F(SimulatedBoard, HasTheLinesOfAPi)
{
    const auto lines = machine::board().lines();
    ASSERT_EQ(lines.size(), 54U);
    EXPECT_EQ(lines.front().name, "GPIO0");
    EXPECT_EQ(lines.back().name, "GPIO53");
    EXPECT_EQ(lines.back().address.to_string(), "simulated:53");
    EXPECT_FALSE(lines[17].used);
    EXPECT_FALSE(lines[17].output);
}

TEST_F(SimulatedBoard, AnUnusedLineFloatsAndKeepsTheLevelItHad)
{
    EXPECT_EQ(board().level(4), 0);
    board().drive(4, 1);
    EXPECT_EQ(board().level(4), 1);
    board().release(4);
    EXPECT_EQ(board().level(4), 1);
    board().drive(4, 0);
    board().release(4);
    EXPECT_EQ(board().level(4), 0);
}

TEST_F(SimulatedBoard, ThePullDecidesWhenNothingDrives)
{
    Pin pin(4, Pin::IN, Pin::PULL_UP);
    EXPECT_EQ(board().level(4), 1);
    board().drive(4, 0);
    EXPECT_EQ(pin.value(), 0);
    board().release(4);
    EXPECT_EQ(pin.value(), 1);
    pin.pull(Pin::PULL_DOWN);
    EXPECT_EQ(pin.value(), 0);
}

TEST_F(SimulatedBoard, AnOutputWinsAgainstADriveAndTheFightIsCounted)
{
    Pin pin(4, Pin::OUT, {}, 1);
    EXPECT_EQ(board().contentions(4), 0U);
    board().drive(4, 0);
    board().drive(4, 0);
    EXPECT_EQ(board().level(4), 1);
    EXPECT_EQ(board().contentions(4), 1U);
    pin.off();  // Peace ...
    pin.on();   // ... and war again.
    EXPECT_EQ(board().contentions(4), 2U);
    pin.init(Pin::IN);
    EXPECT_EQ(pin.value(), 0);
    EXPECT_EQ(board().contentions(4), 2U);
}

TEST_F(SimulatedBoard, AnOpenDrainPullsLowAgainstEverybodyAndElseLetsOthersDecide)
{
    Pin pin(4, Pin::OPEN_DRAIN, Pin::PULL_UP, 0);
    EXPECT_EQ(board().level(4), 0);
    board().drive(4, 1);
    EXPECT_EQ(board().level(4), 0);
    EXPECT_EQ(board().contentions(4), 1U);
    pin.on();
    EXPECT_EQ(pin.value(), 1);
    board().drive(4, 0);
    EXPECT_EQ(pin.value(), 0);
    board().release(4);
    EXPECT_EQ(pin.value(), 1);
}

TEST_F(SimulatedBoard, AnOpenSourceDrivesHighAgainstEverybodyAndElseLetsOthersDecide)
{
    Pin pin(4, Pin::OPEN_SOURCE, Pin::PULL_DOWN, 1);
    EXPECT_EQ(pin.mode(), Pin::OPEN_SOURCE);
    EXPECT_EQ(board().level(4), 1);
    board().drive(4, 0);
    EXPECT_EQ(board().level(4), 1);
    EXPECT_EQ(board().contentions(4), 1U);
    pin.off();
    EXPECT_EQ(pin.value(), 0);
    board().drive(4, 1);
    EXPECT_EQ(pin.value(), 1);
    EXPECT_EQ(board().contentions(4), 1U);
    board().release(4);
    EXPECT_EQ(pin.value(), 0);
}

TEST_F(SimulatedBoard, AReleasedOutputIsAnInputAgainAndKeepsItsPull)
{
    {
        const Pin pin(4, Pin::OUT, Pin::PULL_UP, 0);
        EXPECT_EQ(board().level(4), 0);
    }
    EXPECT_EQ(board().level(4), 1);
    EXPECT_FALSE(machine::board().info({"simulated", 4}).output);
    EXPECT_EQ(machine::board().info({"simulated", 4}).bias, machine::Bias::up);
}

TEST_F(SimulatedBoard, LedsHaveNumbersOneToFour)
{
    machine::LED led(4);
    led.on();
    EXPECT_EQ(board().led(4), 1);
    EXPECT_EQ(board().led(3), 0);
    EXPECT_THROW((void)board().led(0), std::invalid_argument);
    EXPECT_THROW((void)board().led(5), std::invalid_argument);
}

TEST_F(SimulatedBoard, ALineThatDoesNotExistIsAnErrorThatNamesTheLastOne)
{
    try {
        board().drive(54, 1);
        FAIL();
    } catch (const std::invalid_argument& error) {
        EXPECT_EQ(std::string{error.what()}, "there is no line 54 of 'simulated': its last is 53");
    }
    EXPECT_THROW(board().release(54), std::invalid_argument);
    EXPECT_THROW((void)board().level(54), std::invalid_argument);
}

TEST_F(SimulatedBoard, ObserversSeeEachChangeOfALevelAndNothingElse)
{
    const auto observer = trace_changes();
    Pin pin(17, Pin::OUT, {}, 1);
    pin.on();
    pin.off();
    board().drive(5, 1);
    board().drive(5, 1);
    machine::LED led(1);
    led.on();
    led.on();
    EXPECT_EQ(trace, (Trace{"GPIO17=1", "GPIO17=0", "GPIO5=1", "LED1=1"}));
}

TEST_F(SimulatedBoard, AnObserverThatIsDroppedSeesNoMore)
{
    auto observer = trace_changes();
    board().drive(5, 1);
    observer.reset();
    board().drive(5, 0);
    EXPECT_EQ(trace, Trace{"GPIO5=1"});
}

TEST_F(SimulatedBoard, WhatAnObserverChangesIsReportedAfterItReturns)
{
    const auto wire = board().observe([this](const LevelChange& change) {
        if (change.number == 5) {
            trace.push_back("wire on");
            board().drive(6, change.level);
            trace.push_back("wire done");
        }
    });
    const auto observer = trace_changes();
    board().drive(5, 1);
    EXPECT_EQ(trace, (Trace{"wire on", "wire done", "GPIO5=1", "GPIO6=1"}));
}

Coroutine<> pulse(Pin pin)
{
    pin.on();
    co_await asyncio::sleep_ms(250);
    pin.off();
}

TEST_F(SimulatedBoard, TimestampsAreTheLoopsClock)
{
    asyncio::VirtualLoop loop;
    std::vector<std::chrono::nanoseconds> times;
    const auto start = loop.now();
    const auto observer =
        board().observe([&times](const LevelChange& change) { times.push_back(change.timestamp); });
    loop.advance(1s);
    loop.run(pulse(Pin(17, Pin::OUT, {}, 0)));
    ASSERT_EQ(times.size(), 2U);
    EXPECT_EQ(times[0], start + 1s);
    EXPECT_EQ(times[1], start + 1s + 250ms);
}

TEST_F(SimulatedBoard, TraceWritesOutputsAndLedsToStderr)
{
    ::setenv("MACHINE_TRACE", "1", 1);
    machine::use_backend("simulated");
    ::unsetenv("MACHINE_TRACE");
    ::testing::internal::CaptureStderr();
    board().drive(5, 1);  // A hand, not an output.
    Pin pin(17, Pin::OUT, {}, 1);
    machine::LED led(2);
    led.on();
    const std::string text = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(text.find("GPIO5 "), std::string::npos);
    EXPECT_NE(text.find(" GPIO17 1\n"), std::string::npos);
    EXPECT_NE(text.find(" LED2 1\n"), std::string::npos);
}

TEST_F(SimulatedBoard, WithoutTraceTheLibraryWritesNothing)
{
    ::testing::internal::CaptureStderr();
    Pin pin(17, Pin::OUT, {}, 1);
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
