#include <machine/led.hpp>

#include <machine/board.hpp>
#include <machine/simulated_board.hpp>

#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>

#include <chrono>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using asyncio::Coroutine;
using machine::LED;
using machine::Pin;
using namespace std::chrono_literals;
using Trace = std::vector<std::string>;

class Led : public ::testing::Test {
protected:
    void SetUp() override { machine::use_backend("simulated"); }
    machine::SimulatedBoard& board() { return machine::simulated_board(); }
};

TEST_F(Led, TurnsOnAndOffAndOver)
{
    LED led(2);
    EXPECT_EQ(led.value(), 0);
    led.on();
    EXPECT_EQ(board().led(2), 1);
    led.off();
    EXPECT_EQ(board().led(2), 0);
    led.toggle();
    EXPECT_EQ(led.value(), 1);
    led.toggle();
    EXPECT_EQ(led.value(), 0);
    led.value(7);
    EXPECT_EQ(led.value(), 1);
}

TEST_F(Led, CopiesAreTheSameLed)
{
    LED led(1);
    LED copy = led;
    copy.on();
    EXPECT_EQ(led.value(), 1);
    EXPECT_EQ(LED(1).value(), 1);
}

TEST_F(Led, TwoOnOnePinAreTheSameLed)
{
    asyncio::VirtualLoop loop;
    LED led(Pin(4, Pin::OUT, {}, 0));
    LED other("GPIO4");
    led.intensity(100);
    loop.run_until_idle();
    EXPECT_EQ(other.intensity(), 100);
    other.off();
    loop.advance(1s);
    EXPECT_EQ(board().level(4), 0) << "no pulses go on";
    EXPECT_EQ(led.intensity(), 0);
    LED third(Pin(4, Pin::IN));
    EXPECT_EQ(third.value(), 0);
    third.on();
    EXPECT_EQ(board().level(4), 1) << "it is an output again";
}

TEST_F(Led, IsFoundByItsNameToo)
{
    LED("led:LED3").on();
    EXPECT_EQ(board().led(3), 1);
    LED("LED:led2").on();
    EXPECT_EQ(board().led(2), 1) << "upper and lower case are the same";
    EXPECT_THROW(LED("led:LED9"), std::invalid_argument);
}

TEST_F(Led, HasAnIntensity)
{
    LED led(2);
    led.intensity(100);
    EXPECT_EQ(led.intensity(), 100);
    EXPECT_EQ(led.value(), 1);
    EXPECT_EQ(board().led(2), 1);
    led.on();
    EXPECT_EQ(led.intensity(), 255);
    led.off();
    EXPECT_EQ(led.intensity(), 0);
    EXPECT_THROW(led.intensity(256), std::invalid_argument);
    EXPECT_THROW(led.intensity(-1), std::invalid_argument);
    EXPECT_TRUE(led.triggers().empty());
    EXPECT_EQ(led.trigger(), "none");
    EXPECT_THROW(led.trigger("heartbeat"), std::invalid_argument);
}

TEST_F(Led, OnAPinShinesByPulses)
{
    asyncio::VirtualLoop loop;
    LED led("GPIO17");
    int rises = 0;
    const auto observer =
        board().observe([&](const machine::LevelChange& change) { rises += change.level; });
    led.intensity(51);  // A fifth of 5 ms.
    EXPECT_EQ(led.intensity(), 51);
    loop.advance(500us);
    EXPECT_EQ(board().level(17), 1);
    loop.advance(1ms);
    EXPECT_EQ(board().level(17), 0);
    EXPECT_EQ(led.value(), 1) << "it shines all the same";
    loop.advance(1s);
    EXPECT_NEAR(rises, 200, 2);
    led.on();
    EXPECT_EQ(board().level(17), 1);
    loop.advance(1s);
    EXPECT_EQ(board().level(17), 1);
    led.off();
    EXPECT_EQ(board().level(17), 0);
    EXPECT_EQ(led.intensity(), 0);
}

TEST_F(Led, OnAPinGoesFromFullToHalfAndBackWithoutBeingDarkInBetween)
{
    asyncio::VirtualLoop loop;
    LED led("GPIO17");
    led.on();
    std::vector<int> levels;
    const auto observer = board().observe(
        [&](const machine::LevelChange& change) { levels.push_back(change.level); });
    led.intensity(128);
    loop.run_until_idle();
    EXPECT_EQ(levels, std::vector<int>{}) << "the first pulse goes on where it was";
    led.intensity(255);
    loop.advance(1s);
    EXPECT_EQ(levels, std::vector<int>{});
    EXPECT_EQ(led.intensity(), 255);
    EXPECT_EQ(board().level(17), 1);
}

TEST_F(Led, OnAnOpenDrainPinLeavesItOne)
{
    asyncio::VirtualLoop loop;
    Pin pin(17, Pin::OPEN_DRAIN, Pin::PULL_UP, 1);
    LED led(pin);
    led.intensity(100);
    loop.advance(10ms);
    EXPECT_EQ(pin.mode(), Pin::OPEN_DRAIN);
}

TEST_F(Led, NumbersWithoutALedAreErrors)
{
    EXPECT_THROW(LED(0), std::invalid_argument);
    EXPECT_THROW(LED(-1), std::invalid_argument);
    EXPECT_THROW(LED(5), std::invalid_argument);
}

TEST_F(Led, OnAPinMakesItAnOutputThatIsDark)
{
    LED led("GPIO17");
    EXPECT_EQ(board().level(17), 0);
    EXPECT_TRUE(machine::board().info({"simulated", 17}).output);
    led.on();
    EXPECT_EQ(board().level(17), 1);
    EXPECT_EQ(led.value(), 1);
}

TEST_F(Led, OnAnOutputPinLeavesItAsItIs)
{
    Pin pin(17, Pin::OUT, {}, 1);
    LED led(pin);
    EXPECT_EQ(led.value(), 1);
    led.toggle();
    EXPECT_EQ(pin.value(), 0);
}

Coroutine<> blink(LED led, int period_ms)
{
    while (true) {
        led.on();
        co_await asyncio::sleep_ms(5);
        led.off();
        co_await asyncio::sleep_ms(period_ms);
    }
}

Coroutine<> main_task(LED led1, LED led2)
{
    asyncio::create_task(blink(led1, 700));
    asyncio::create_task(blink(led2, 400));
    co_await asyncio::sleep_ms(10'000);
}

TEST_F(Led, TheDocumentationsExampleBlinksAtTheVeryMilliseconds)
{
    asyncio::VirtualLoop loop;
    Trace trace;
    int lit[3] = {};
    const auto start = loop.now();
    const auto observer = board().observe([&](const machine::LevelChange& change) {
        lit[change.number] += change.level;
        if (trace.size() < 7) {
            const auto at =
                std::chrono::duration_cast<std::chrono::milliseconds>(change.timestamp - start);
            trace.push_back(change.name + '=' + std::to_string(change.level) + " at " +
                            std::to_string(at.count()));
        }
    });
    loop.run(main_task(LED(1), LED(2)));
    EXPECT_EQ(trace, (Trace{"LED1=1 at 0", "LED2=1 at 0", "LED1=0 at 5", "LED2=0 at 5",
                            "LED2=1 at 405", "LED2=0 at 410", "LED1=1 at 705"}));
    EXPECT_EQ(lit[1], 15) << "every 705 ms for 10 s";
    EXPECT_EQ(lit[2], 25) << "every 405 ms for 10 s";
}

}  // namespace
