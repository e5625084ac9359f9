#include <machine/pwm.hpp>

#include <machine/board.hpp>
#include <machine/simulated_board.hpp>

#include <asyncio/errors.hpp>
#include <asyncio/testing.hpp>

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using machine::Pin;
using machine::PWM;
using namespace std::chrono_literals;

/// A pin of the simulated board, whose changes are kept: "1000 1" is a rise at 1000 us.
class Pwm : public ::testing::Test {
protected:
    void SetUp() override
    {
        machine::use_backend("simulated");
        start = loop.now();
        observer = machine::simulated_board().observe([this](const machine::LevelChange& change) {
            const auto at =
                std::chrono::duration_cast<std::chrono::microseconds>(change.timestamp - start);
            trace.push_back(std::to_string(at.count()) + ' ' + std::to_string(change.level));
        });
    }

    asyncio::VirtualLoop loop;
    std::chrono::nanoseconds start{};
    std::vector<std::string> trace;
    std::shared_ptr<void> observer;
};

using Trace = std::vector<std::string>;

TEST_F(Pwm, PulsesWithItsFrequencyAndItsShareOfTheTime)
{
    PWM pwm(Pin(18), 1000);
    loop.advance(5ms);
    EXPECT_EQ(trace, Trace{}) << "no duty is set";
    pwm.duty_u16(65535 / 5);
    loop.advance(2ms);
    EXPECT_EQ(trace, (Trace{"5000 1", "5200 0", "6000 1", "6200 0", "7000 1"}));
    EXPECT_EQ(pwm.freq(), 1000U);
    EXPECT_EQ(pwm.duty_u16(), 13107U);
    EXPECT_EQ(pwm.duty_ns(), 200'000);
    EXPECT_TRUE(pwm.software());
    EXPECT_EQ(pwm.description(), "software PWM on GPIO18");
}

TEST_F(Pwm, AShareStaysAndATimeStaysWhenTheFrequencyChanges)
{
    PWM pwm(Pin(18), 1000);
    pwm.duty_u16(65535 / 5);
    pwm.freq(500);
    EXPECT_EQ(pwm.duty_ns(), 400'000);
    pwm.duty_ns(100'000);
    pwm.freq(1000);
    EXPECT_EQ(pwm.duty_ns(), 100'000);
    EXPECT_EQ(pwm.duty_u16(), 6553U);
    pwm.duty_ns(5'000'000);
    EXPECT_EQ(pwm.duty_ns(), 1'000'000) << "no longer than the period";
}

TEST_F(Pwm, TakesAllItsSettingsInOneStep)
{
    PWM pwm(18, 1000, 65535 / 5);
    EXPECT_EQ(pwm.duty_ns(), 200'000);
    loop.advance(1ms);
    pwm.init(2000, {}, 100'000);
    EXPECT_EQ(pwm.freq(), 2000U);
    EXPECT_EQ(pwm.duty_ns(), 100'000);
    loop.advance(2ms);
    EXPECT_EQ(trace, (Trace{"0 1", "200 0", "1000 1", "1200 0", "2000 1", "2100 0", "2500 1",
                            "2600 0", "3000 1"}));
    EXPECT_THROW(pwm.init(1000, 100, 100), std::invalid_argument);
    EXPECT_THROW(pwm.init(0), std::invalid_argument);
    EXPECT_THROW(pwm.init(1000, 65536), std::invalid_argument);
    EXPECT_EQ(pwm.freq(), 2000U);
    EXPECT_THROW(PWM("GPIO17", 1000, {}, -1), std::invalid_argument);
    EXPECT_FALSE(machine::board().info({"simulated", 17}).output);
    EXPECT_EQ(PWM("GPIO17", 1000, {}, 300'000).duty_ns(), 300'000);
}

TEST_F(Pwm, OneThatIsRefusedLeavesThePinAsItIs)
{
    const Pin shining(18, Pin::OUT, {}, 1);
    trace.clear();
    EXPECT_THROW(PWM(shining, 20'000), std::invalid_argument);
    EXPECT_THROW(PWM(17, 20'000), std::invalid_argument);
    EXPECT_THROW(PWM("GPIO17", 2'000'000'000), std::invalid_argument);
    EXPECT_EQ(trace, Trace{});
    EXPECT_EQ(shining.value(), 1);
    EXPECT_FALSE(machine::board().info({"simulated", 17}).output);
}

TEST_F(Pwm, NeverAndAlwaysHighTakeNoTimer)
{
    PWM pwm(Pin(18), 1000);
    pwm.duty_u16(65535);
    loop.advance(10ms);
    pwm.duty_u16(0);
    loop.advance(10ms);
    EXPECT_EQ(trace, (Trace{"0 1", "10000 0"}));
    pwm.duty_u16(32768);
    loop.advance(1ms);
    EXPECT_EQ(trace.size(), 5U);
}

TEST_F(Pwm, WithTheLastHandleTheOutputIsLowAndLetGo)
{
    auto pwm = std::make_optional<PWM>(Pin(18), 1000);
    auto copy = pwm;
    pwm->duty_u16(32768);
    loop.advance(100us);
    EXPECT_EQ(machine::simulated_board().level(18), 1);
    pwm.reset();
    loop.advance(900us);
    EXPECT_EQ(machine::simulated_board().level(18), 1) << "the copy still pulses";
    copy.reset();
    EXPECT_EQ(machine::simulated_board().level(18), 0);
    loop.advance(10ms);
    EXPECT_EQ(machine::simulated_board().level(18), 0);
    EXPECT_FALSE(machine::board().info({"simulated", 18}).used);
}

TEST_F(Pwm, DeinitStopsAndADutyStartsAgain)
{
    PWM pwm(Pin(18), 1000);
    pwm.duty_u16(32768);
    loop.advance(100us);
    pwm.deinit();
    EXPECT_EQ(machine::simulated_board().level(18), 0);
    trace.clear();
    loop.advance(10ms);
    EXPECT_EQ(trace, Trace{});
    EXPECT_EQ(pwm.duty_u16(), 0U);
    pwm.duty_ns(500'000);
    loop.advance(1ms);
    EXPECT_EQ(trace.size(), 3U);
}

TEST_F(Pwm, ADutyIsKnownBeforeThereIsAFrequency)
{
    PWM pwm(Pin(18));
    pwm.duty_ns(200'000);
    EXPECT_EQ(pwm.duty_ns(), 200'000);
    pwm.freq(10'000);
    EXPECT_EQ(pwm.duty_ns(), 100'000) << "no longer than the period";
}

TEST_F(Pwm, APinIsFreeAtOnceWhenTheLastHandleGoes)
{
    auto pwm = std::make_optional<PWM>(Pin(18), 1000);
    pwm->duty_u16(32768);
    loop.advance(100us);
    pwm.reset();
    EXPECT_NO_THROW(machine::Line(machine::LineAddress{"simulated", 18}));
}

TEST_F(Pwm, AnOpenDrainStaysOneAndLetsGoForItsPulses)
{
    Pin pin(18, Pin::OPEN_DRAIN, Pin::PULL_UP, 1);
    machine::simulated_board().drive(18, 0);
    PWM pwm(pin, 1000);
    EXPECT_EQ(pin.mode(), Pin::OPEN_DRAIN);
    pwm.duty_u16(32768);
    loop.advance(10ms);
    EXPECT_EQ(machine::simulated_board().contentions(18), 0U) << "it never drives high";
}

TEST_F(Pwm, AnOutputStaysAsItIsUntilTheFirstPulse)
{
    Pin pin(18, Pin::OUT, {}, 1);
    loop.run_until_idle();
    trace.clear();
    PWM pwm(pin, 1000);
    pwm.duty_u16(32768);
    loop.advance(600us);
    EXPECT_EQ(trace, Trace{"500 0"});
}

TEST_F(Pwm, TheSimulatedBoardHasHardwareOfItsOwn)
{
    const auto does = [](unsigned channel) { return machine::simulated_board().pwm(channel); };
    {
        PWM pwm("pwmchip0:1", 1000);
        EXPECT_FALSE(pwm.software());
        EXPECT_EQ(pwm.description(), "hardware PWM on pwmchip0:1");
        EXPECT_EQ(does(1).period, 0ns) << "no duty is set";
        pwm.duty_u16(65535 / 5);
        EXPECT_EQ(does(1).period, 1ms);
        EXPECT_EQ(does(1).high, 200us);
        EXPECT_EQ(does(0), machine::PwmPulses{});
        EXPECT_THROW(PWM("pwmchip0:1"), asyncio::OSError);
        EXPECT_THROW(machine::use_backend("simulated"), asyncio::RuntimeError) << "in use";
        pwm.deinit();
        EXPECT_EQ(does(1), machine::PwmPulses{});
        pwm.duty_u16(1);
    }
    EXPECT_EQ(does(1), machine::PwmPulses{});
    EXPECT_THROW(PWM("pwmchip0:2"), std::invalid_argument);
    EXPECT_THROW(PWM("pwmchip1:0"), std::invalid_argument);
    EXPECT_THROW((void)does(2), std::invalid_argument);
}

TEST_F(Pwm, ANumberIsAPin)
{
    const PWM pwm(18, 1000);
    EXPECT_EQ(pwm.description(), "software PWM on GPIO18");
}

TEST_F(Pwm, WhatMakesNoSenseIsRefused)
{
    PWM pwm(Pin(18));
    EXPECT_THROW(pwm.freq(0), std::invalid_argument);
    EXPECT_THROW(pwm.freq(10'001), std::invalid_argument);
    EXPECT_THROW(pwm.duty_u16(65'536), std::invalid_argument);
    EXPECT_THROW(pwm.duty_ns(-1), std::invalid_argument);
    EXPECT_EQ(pwm.freq(), 0U);
    EXPECT_THROW(PWM("nonsense"), std::invalid_argument);
}

TEST(PwmAndItsLoop, APulseDoesNotBecomeAnEndlessOneWhenTheLoopEnds)
{
    machine::use_backend("simulated");
    auto loop = std::make_unique<asyncio::VirtualLoop>();
    PWM pwm(Pin(18), 100);
    pwm.duty_u16(32768);
    loop->advance(1ms);
    EXPECT_EQ(machine::simulated_board().level(18), 1);
    loop.reset();
    EXPECT_EQ(machine::simulated_board().level(18), 0);
}

}  // namespace
