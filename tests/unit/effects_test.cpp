#include <machine/effects.hpp>

#include <machine/board.hpp>
#include <machine/simulated_board.hpp>

#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/testing.hpp>

#include <chrono>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using machine::LED;
using machine::Pin;
using machine::PWM;
using machine::Signal;
using namespace std::chrono_literals;
using Steps = std::vector<std::string>;

/// The simulated board, whose changes are kept: "LED1 1 at 200".
class Effects : public ::testing::Test {
protected:
    void SetUp() override
    {
        machine::use_backend("simulated");
        loop.emplace();
        observer = machine::simulated_board().observe([this](const machine::LevelChange& change) {
            const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(change.timestamp);
            seen.push_back(change.name + ' ' + std::to_string(change.level) + " at " +
                           std::to_string(at.count()));
        });
    }

    std::optional<asyncio::VirtualLoop> loop;
    Steps seen;
    std::shared_ptr<void> observer;
};

TEST_F(Effects, BlinkIsOnAndOffForItsTimesSoOften)
{
    loop->run(machine::blink(LED(1), 200ms, 300ms, 2));
    EXPECT_EQ(seen, (Steps{"LED1 1 at 0", "LED1 0 at 200", "LED1 1 at 500", "LED1 0 at 700"}));
    EXPECT_EQ(loop->now(), 1s);
}

TEST_F(Effects, BlinkGoesOnForEverASecondOnAndASecondOff)
{
    auto task = loop->create_task(machine::blink(LED(1)));
    loop->advance(99'500ms);
    EXPECT_EQ(seen.size(), 100U);
    EXPECT_EQ(seen.back(), "LED1 0 at 99000");
    task.cancel();
    loop->run_until_idle();
}

TEST_F(Effects, BlinkWorksForPinsAndForWhatIsInvertedToo)
{
    loop->run(machine::blink(Pin(17, Pin::OUT, {}, 0), 1ms, 1ms, 1));
    EXPECT_EQ(seen, (Steps{"GPIO17 1 at 0", "GPIO17 0 at 1"}));
    seen.clear();
    loop->run(machine::blink(Signal(18, Pin::OUT, {}, 0, true), 1ms, 1ms, 1));
    EXPECT_EQ(seen, (Steps{"GPIO18 1 at 2", "GPIO18 0 at 2", "GPIO18 1 at 3"})) << "high is off";
}

TEST_F(Effects, NoTimesIsNone)
{
    loop->run(machine::blink(LED(1), 1s, 1s, 0));
    EXPECT_EQ(seen, Steps{});
    EXPECT_EQ(loop->now(), 0s);
}

TEST_F(Effects, ACancelInTheMiddleLeavesTheLightOff)
{
    Pin pin(17, Pin::OUT);
    Signal inverted(18, Pin::OUT, {}, 0, true);
    LED led(2);
    PWM pwm(Pin(19), 1000);
    std::vector<asyncio::AnyTask> tasks{
        loop->create_task(machine::blink(pin, 1s)),
        loop->create_task(machine::blink(inverted, 1s)),
        loop->create_task(machine::pulse(led)),
        loop->create_task(machine::fade(pwm, 1)),
    };
    loop->advance(700ms);
    EXPECT_EQ(pin.value(), 1);
    EXPECT_EQ(inverted.value(), 1);
    EXPECT_NEAR(led.intensity(), 178, 6);
    EXPECT_NEAR(pwm.duty_u16(), 45'874, 1400);
    for (asyncio::AnyTask& task : tasks) {
        task.cancel();
    }
    loop->run_until_idle();
    EXPECT_EQ(pin.value(), 0);
    EXPECT_EQ(inverted.value(), 0);
    EXPECT_EQ(led.intensity(), 0);
    EXPECT_EQ(pwm.duty_u16(), 0U);
    EXPECT_EQ(machine::simulated_board().level(19), 0);
    loop->advance(1h);
    EXPECT_EQ(pin.value(), 0);
}

TEST_F(Effects, OneThatHasNotBegunLeavesTheLightAsItWas)
{
    LED led(1);
    led.on();
    auto task = loop->create_task(machine::blink(led));
    task.cancel();
    loop->run_until_idle();
    EXPECT_EQ(led.value(), 1);
}

TEST_F(Effects, TheEndOfTheLoopLeavesTheLightOffToo)
{
    LED led(1);
    loop->create_task(machine::blink(led, 1h));
    loop->run_until_idle();
    EXPECT_EQ(led.value(), 1);
    loop.reset();
    EXPECT_EQ(led.value(), 0);
}

TEST_F(Effects, PulseGetsBrighterAndDarkerEvenly)
{
    LED led(1);
    auto task = loop->create_task(machine::pulse(led, 1s, 2s, 2));
    loop->advance(500ms);
    EXPECT_NEAR(led.intensity(), 127, 6);
    loop->advance(500ms);
    EXPECT_EQ(led.intensity(), 255);
    loop->advance(1s);
    EXPECT_NEAR(led.intensity(), 127, 6);
    loop->advance(1500ms);
    EXPECT_NEAR(led.intensity(), 127, 6);
    loop->advance(2500ms);
    EXPECT_TRUE(task.done());
    EXPECT_EQ(led.intensity(), 0);
}

TEST_F(Effects, BlinkMayFadeInAndOut)
{
    LED led(1);
    auto task = loop->create_task(machine::blink(led, 1s, 1s, 1, 100ms, 200ms));
    loop->advance(50ms);
    EXPECT_NEAR(led.intensity(), 127, 52);
    loop->advance(550ms);
    EXPECT_EQ(led.intensity(), 255);
    loop->advance(600ms);  // 1200: half of the way down.
    EXPECT_NEAR(led.intensity(), 127, 26);
    loop->advance(500ms);
    EXPECT_EQ(led.intensity(), 0);
    EXPECT_FALSE(task.done());
    loop->advance(600ms);
    EXPECT_TRUE(task.done());
}

TEST_F(Effects, FadeStaysWhereItWasToldToGo)
{
    LED led(1);
    led.on();
    loop->run(machine::fade(led, 0.2, 1s));
    EXPECT_EQ(led.intensity(), 51);
    EXPECT_EQ(loop->now(), 1s);
    loop->run(machine::fade(led, 1, 0s));
    EXPECT_EQ(led.intensity(), 255);
    EXPECT_EQ(loop->now(), 1s) << "at once";

    auto task = loop->create_task(machine::fade(led, 0, 1s));
    led.off();
    loop->run_until_idle();
    EXPECT_EQ(led.intensity(), 0) << "from as bright as it is when it begins";
    task.cancel();
    loop->run_until_idle();
}

TEST_F(Effects, APwmWithoutAFrequencyGetsOne)
{
    PWM pwm(Pin(18));
    loop->run(machine::fade(pwm, 0.5, 100ms));
    EXPECT_EQ(pwm.freq(), 100U);
    EXPECT_EQ(pwm.duty_u16(), 32768U);
    PWM other(Pin(19), 1000);
    loop->run(machine::blink(other, 10ms, 10ms, 1));
    EXPECT_EQ(other.freq(), 1000U);
    EXPECT_EQ(other.duty_u16(), 0U);
}

TEST_F(Effects, WhatMakesNoSenseIsRefusedAtOnce)
{
    const LED led(1);
    EXPECT_THROW((void)machine::blink(led, -1ms), std::invalid_argument);
    EXPECT_THROW((void)machine::blink(led, 1ms, -1ms), std::invalid_argument);
    EXPECT_THROW((void)machine::blink(led, 0ms, 0ms), std::invalid_argument) << "it would spin";
    EXPECT_THROW((void)machine::blink(led, 1ms, 1ms, -1), std::invalid_argument);
    EXPECT_THROW((void)machine::pulse(led, 0ms, 0ms), std::invalid_argument);
    EXPECT_THROW((void)machine::fade(led, 1.1), std::invalid_argument);
    EXPECT_THROW((void)machine::fade(led, -0.1), std::invalid_argument);
    EXPECT_THROW((void)machine::fade(led, std::numeric_limits<double>::quiet_NaN()),
                 std::invalid_argument);
    EXPECT_THROW((void)machine::fade(led, 1, -1ns), std::invalid_argument);
    EXPECT_EQ(seen, Steps{});
}

TEST_F(Effects, APwmStaysAsItIsUntilTheEffectBegins)
{
    PWM pwm(Pin(18));
    pwm.duty_u16(65535);
    EXPECT_THROW((void)machine::blink(pwm, -1ms), std::invalid_argument);
    EXPECT_EQ(pwm.freq(), 0U);
    const auto effect = machine::fade(pwm, 0.5, 100ms);
    EXPECT_EQ(pwm.freq(), 0U);
    EXPECT_EQ(seen, Steps{});
}

TEST_F(Effects, AnInputCannotBlink)
{
    EXPECT_THROW((void)machine::blink(Pin(17, Pin::IN)), std::invalid_argument);
    EXPECT_THROW((void)machine::blink(Signal(Pin(17, Pin::IN))), std::invalid_argument);
}

TEST_F(Effects, ALightThatIsNeverOffIsNotDarkForAMoment)
{
    loop->run(machine::blink(LED(1), 100ms, 0ms, 3));
    EXPECT_EQ(seen, (Steps{"LED1 1 at 0", "LED1 0 at 300"}));
}

}  // namespace
