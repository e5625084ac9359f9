// Handlers on a real board, over libgpiod that keeps a record: gpiod_fake.hpp.
#include "gpiod_fixture.hpp"

#include <machine/led.hpp>

#include <asyncio/errors.hpp>

#include <cerrno>

namespace {

using namespace gpiod_tests;

TEST_F(Gpiod, AHandlerThatIsSetAgainInTheNextLoopIsCalledThere)
{
    use_as_board();
    machine::Pin pin(3, machine::Pin::IN);
    int calls = 0;
    const machine::Pin::Handler count = [&calls](machine::Pin) { ++calls; };
    {
        asyncio::VirtualLoop first;
        pin.irq(count);
        GpiodFake::edge(3, true, 1s);
        first.run_until_idle();
        EXPECT_EQ(calls, 1);
    }
    asyncio::VirtualLoop second;
    pin.irq(count);
    GpiodFake::edge(3, false, 2s);
    second.run_until_idle();
    EXPECT_EQ(calls, 2);
}

TEST_F(Gpiod, AHandlerThatIsRefusedLeavesNone)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    machine::Pin pin(3, machine::Pin::IN);
    int calls = 0;
    GpiodFake::fail("request", EIO);
    GpiodFake::fail("configure", EIO);
    EXPECT_THROW(pin.irq([&calls](machine::Pin) { ++calls; }), asyncio::OSError);
    GpiodFake::reset_failures();
    const machine::EdgeStream edges = pin.edges();
    GpiodFake::edge(3, true, 1s);
    loop.run_until_idle();
    EXPECT_EQ(calls, 0);
}

TEST_F(Gpiod, ALedOfManyStepsHasAsManyIntensitiesAsOthers)
{
    const std::filesystem::path led = folder / "leds" / "ACT";
    std::filesystem::create_directory(led);
    touch(led / "max_brightness", "2147483647\n");
    touch(led / "brightness", "1073741824\n");
    touch(led / "trigger", "[none]\n");
    use_as_board();
    machine::LED light("led:ACT");
    EXPECT_EQ(light.intensity(), 128);
    light.intensity(64);
    std::string brightness;
    std::ifstream{led / "brightness"} >> brightness;
    EXPECT_EQ(brightness, "538976288");
}

}  // namespace
