// Open drains and open sources of a real chip, seen from outside.
#include "outside.hpp"

#include <machine/board.hpp>
#include <machine/pin.hpp>

#include <gtest/gtest.h>

namespace {

using machine::Pin;

class Drive : public ::testing::Test {
protected:
    static void SetUpTestSuite()
    {
        ASSERT_TRUE(Outside::here()) << "this is for ./dev board-test";
        machine::use_backend("gpiod");
    }

    const Outside::Wire wire{30};
};

// A line that is let go keeps the level that it had: the simulator pulls at inputs only.

TEST_F(Drive, AnOpenDrainPullsLowAndElseLetsGo)
{
    for (const bool outside : {false, true}) {
        wire.drive(outside);
        Pin pin(30, Pin::OPEN_DRAIN, {}, 1);
        EXPECT_EQ(wire.level(), outside);
        pin.off();
        EXPECT_FALSE(wire.level());
    }
}

TEST_F(Drive, AnOpenSourceDrivesHighAndElseLetsGo)
{
    for (const bool outside : {false, true}) {
        wire.drive(outside);
        Pin pin(30, Pin::OPEN_SOURCE, {}, 0);
        EXPECT_EQ(wire.level(), outside);
        pin.on();
        EXPECT_TRUE(wire.level());
    }
}

TEST_F(Drive, ALineWhoseEdgesWereWatchedDoesSoToo)
{
    Pin pin(30, Pin::IN);
    pin.irq([](Pin) {});
    wire.drive(true);
    pin.init(Pin::OPEN_SOURCE, {}, 0);
    EXPECT_TRUE(wire.level());
    pin.init(Pin::IN);
    wire.drive(false);
    pin.init(Pin::OPEN_DRAIN, {}, 1);
    EXPECT_FALSE(wire.level());
    pin.irq({});
}

}  // namespace
