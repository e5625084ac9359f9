#include <machine/signal.hpp>

#include <machine/board.hpp>
#include <machine/simulated_board.hpp>

#include <gtest/gtest.h>

namespace {

using machine::Pin;
using machine::Signal;

class SignalTest : public ::testing::Test {
protected:
    void SetUp() override { machine::use_backend("simulated"); }

    int level(unsigned line) { return machine::simulated_board().level(line); }
};

TEST_F(SignalTest, IsOnAtTheHighLevelOrInvertedAtTheLowOne)
{
    Signal plain(5, Pin::OUT, {}, 0);
    Signal inverted(6, Pin::OUT, {}, 0, true);
    EXPECT_EQ(level(5), 0);
    EXPECT_EQ(level(6), 1);
    plain.on();
    inverted.on();
    EXPECT_EQ(level(5), 1);
    EXPECT_EQ(level(6), 0);
    EXPECT_EQ(plain.value(), 1);
    EXPECT_EQ(inverted.value(), 1);
    inverted(0);
    EXPECT_EQ(inverted(), 0);
    EXPECT_EQ(level(6), 1);
    inverted.value(7);
    EXPECT_EQ(inverted.value(), 1);
    inverted.off();
    EXPECT_EQ(inverted.value(), 0);
}

TEST_F(SignalTest, OnAPinLeavesItAsItIsAndOnItsArgumentsTurnsTheFirstValue)
{
    const Signal wrapped(Pin("GPIO5", Pin::OUT, {}, 1), true);
    EXPECT_EQ(level(5), 1);
    EXPECT_EQ(wrapped.value(), 0);
    EXPECT_TRUE(wrapped.inverted());

    const Signal made("GPIO6", Pin::OUT, {}, 1, true);
    EXPECT_EQ(level(6), 0);
    EXPECT_EQ(made.value(), 1);
    EXPECT_EQ(made.pin().name(), "GPIO6");
}

TEST_F(SignalTest, OfAnInputReadsTheOtherWayRound)
{
    const Signal button(4, Pin::IN, Pin::PULL_UP, {}, true);
    EXPECT_EQ(button.value(), 0);
    machine::simulated_board().drive(4, 0);
    EXPECT_EQ(button.value(), 1);
}

}  // namespace
