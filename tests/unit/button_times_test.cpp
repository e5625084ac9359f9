#include <machine/button.hpp>

#include "button_fixture.hpp"

namespace button_tests {
namespace {

using ButtonTimes = Buttons;

TEST_F(ButtonTimes, TellForHowLongItHasBeenPressedOrNot)
{
    Button button(4, options());
    EXPECT_EQ(button.active_time(), std::nullopt);
    EXPECT_EQ(button.inactive_time(), 0s);
    loop.advance(2s);
    EXPECT_EQ(button.inactive_time(), 2s) << "since it was made";
    press();
    EXPECT_EQ(button.active_time(), 0s);
    EXPECT_EQ(button.inactive_time(), std::nullopt);
    loop.advance(300ms);
    EXPECT_EQ(button.active_time(), 300ms);
    let_go();
    loop.advance(1ms);
    EXPECT_EQ(button.active_time(), std::nullopt);
    EXPECT_EQ(button.inactive_time(), 1ms);
}

TEST_F(ButtonTimes, CountFromTheMakingOfOneThatWasPressedBefore)
{
    Button first(4, options());
    press();
    loop.advance(5s);
    Button second(4, options());
    EXPECT_EQ(second.active_time(), 0s);
    EXPECT_EQ(first.active_time(), 5s);
    loop.advance(1s);
    EXPECT_EQ(second.active_time(), 1s);
}

TEST_F(ButtonTimes, CountFromTheEndOfTheBouncing)
{
    ButtonOptions bouncing = options();
    bouncing.debounce = 10ms;
    Button button(4, bouncing);
    press();
    loop.advance(10ms);
    EXPECT_EQ(button.active_time(), 0s);
    loop.advance(5ms);
    EXPECT_EQ(button.active_time(), 5ms);
}

TEST_F(ButtonTimes, OneIsHeldFromItsHoldTimeOn)
{
    Button button(4, options(2s));
    press();
    loop.advance(1999ms);
    EXPECT_FALSE(button.is_held());
    EXPECT_EQ(button.held_time(), std::nullopt);
    loop.advance(1ms);
    EXPECT_TRUE(button.is_held());
    EXPECT_EQ(button.held_time(), 0s);
    loop.advance(7s);
    EXPECT_EQ(button.held_time(), 7s);
    let_go();
    EXPECT_FALSE(button.is_held());
    press();
    EXPECT_FALSE(button.is_held());
}

TEST_F(ButtonTimes, TwoOnOnePinHaveTheirOwnHoldTimesAndTheDebounceOfTheLast)
{
    ButtonOptions slow = options(1s);
    slow.debounce = 50ms;
    Button first(4, slow);
    ButtonOptions quick = options(3s);
    quick.debounce = 10ms;
    Button second(4, quick);
    EXPECT_EQ(first.pin().debounce(), 10ms);
    auto press_of_first = loop.create_task(first.wait_for_press());
    auto press_of_second = loop.create_task(second.wait_for_press());
    press();
    loop.advance(9ms);
    EXPECT_FALSE(press_of_first.done());
    loop.advance(1ms);
    EXPECT_TRUE(press_of_first.done() && press_of_second.done());
    loop.advance(1s);
    EXPECT_TRUE(first.is_held());
    EXPECT_FALSE(second.is_held());
}

}  // namespace
}  // namespace button_tests
