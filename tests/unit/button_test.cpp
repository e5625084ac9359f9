#include <machine/button.hpp>

#include "button_fixture.hpp"
#include "machine/edge_queue.hpp"
#include "machine/presses.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/wait_for.hpp>

#include <optional>
#include <stdexcept>

namespace button_tests {
namespace {

Coroutine<> press_and_release(Button button, Words& words)
{
    for (;;) {
        co_await button.wait_for_press();
        words.push_back("press");
        co_await button.wait_for_release();
        words.push_back("release");
    }
}

Coroutine<> holds(Button button, const asyncio::VirtualLoop& loop, Words& words)
{
    for (;;) {
        co_await button.wait_for_hold();
        const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(loop.now());
        words.push_back("hold at " + std::to_string(at.count()));
    }
}

TEST_F(Buttons, IsPressedAtTheLowLevelAndPulledUp)
{
    Button button(4);
    EXPECT_EQ(button.pin().pull(), Pin::PULL_UP);
    EXPECT_EQ(button.pin().mode(), Pin::IN);
    EXPECT_EQ(button.pin().debounce(), 10ms);
    EXPECT_FALSE(button.is_pressed());
    press();
    EXPECT_FALSE(button.is_pressed()) << "it may bounce";
    loop.advance(10ms);
    EXPECT_TRUE(button.is_pressed());
    EXPECT_EQ(button.value(), 1);
}

TEST_F(Buttons, OrAtTheHighOneAndPulledDown)
{
    Button down("GPIO5", ButtonOptions{Pin::PULL_DOWN});
    EXPECT_EQ(down.pin().pull(), Pin::PULL_DOWN);
    EXPECT_FALSE(down.is_pressed());
    let_go(5);  // High.
    loop.advance(10ms);
    EXPECT_TRUE(down.is_pressed());

    Pin pin(6, Pin::OUT, {}, 1);
    Button floating(pin, ButtonOptions{Pin::PULL_NONE, true});
    EXPECT_EQ(pin.mode(), Pin::IN);
    EXPECT_TRUE(floating.is_pressed());
    EXPECT_TRUE(Button(7, ButtonOptions(Pin::PULL_UP, true)).is_pressed()) << "a door contact";
}

TEST_F(Buttons, OptionsThatMakeNoSenseAreRefused)
{
    EXPECT_THROW(Button(4, ButtonOptions{Pin::PULL_NONE}), std::invalid_argument);
    EXPECT_THROW(Button(4, options(0s)), std::invalid_argument);
    EXPECT_THROW(Button(4, options(-1s)), std::invalid_argument);
    ButtonOptions bad;
    bad.debounce = 61s;
    EXPECT_THROW(Button(4, bad), std::invalid_argument);
    EXPECT_THROW(Button("nonsense"), std::invalid_argument);
    EXPECT_FALSE(in_use());
}

TEST_F(Buttons, EachPressCountsOnceWhenTheContactsBounce)
{
    Button button(4);
    int count = 0;
    auto task = loop.create_task(count_presses(button, count));
    for (int i = 0; i < 3; ++i) {
        for (const int level : {0, 1, 0, 1, 0}) {
            machine::simulated_board().drive(4, level);
            loop.advance(1ms);
        }
        loop.advance(100ms);
        EXPECT_EQ(count, i + 1);
        for (const int level : {1, 0, 1}) {
            machine::simulated_board().drive(4, level);
            loop.advance(1ms);
        }
        loop.advance(100ms);
    }
    EXPECT_EQ(count, 3);
    end(task);
}

TEST_F(Buttons, WhatHappensBetweenTwoAwaitsIsKept)
{
    Button button(4, options());
    click(3);
    Words words;
    auto task = loop.create_task(press_and_release(button, words));
    loop.run_until_idle();
    EXPECT_EQ(words, (Words{"press", "release", "press", "release", "press", "release"}));
    click();
    press();
    loop.run_until_idle();
    EXPECT_EQ(words.size(), 9U);
    end(task);
}

TEST_F(Buttons, OneThatIsPressedAlreadyCountsAsPressedJustThen)
{
    press();
    Button button(4, options());
    loop.run(button.wait_for_press());
    auto again = loop.create_task(button.wait_for_press());
    loop.advance(1h);
    EXPECT_FALSE(again.done()) << "once";
    end(again);
    let_go();
    loop.run(button.wait_for_release());
}

TEST_F(Buttons, IsHeldWhenItHasBeenPressedForThatLong)
{
    Button button(4, options());
    Words words;
    auto task = loop.create_task(holds(button, loop, words));
    loop.advance(500ms);
    press();
    loop.advance(999ms);
    EXPECT_EQ(words, Words{});
    let_go();  // Not long enough.
    loop.advance(1s);
    EXPECT_EQ(words, Words{});
    press();  // At 2499 ms.
    loop.advance(1h);
    EXPECT_EQ(words, Words{"hold at 3499"});
    let_go();
    loop.advance(1s);
    EXPECT_EQ(words.size(), 1U);
    end(task);
}

TEST_F(Buttons, IsNeverHeldIfThatTakesForEver)
{
    Button button(4, options(std::chrono::nanoseconds::max()));
    Words words;
    auto task = loop.create_task(holds(button, loop, words));
    loop.advance(1s);
    press();
    loop.advance(1h);
    EXPECT_EQ(words, Words{});
    end(task);
}

TEST_F(Buttons, IsHeldAgainAndAgainIfThatIsWanted)
{
    Button button(4, options(300ms, true));
    Words words;
    auto task = loop.create_task(holds(button, loop, words));
    press();
    loop.advance(1s);
    let_go();
    loop.advance(1s);
    EXPECT_EQ(words, (Words{"hold at 300", "hold at 600", "hold at 900"}));
    end(task);
}

Coroutine<> press_then_hold(Button button)
{
    co_await button.wait_for_press();
    co_await button.wait_for_hold();
}

TEST_F(Buttons, AHoldCountsFromThePressThatWasWaitedFor)
{
    Button button(4, options());
    auto task = loop.create_task(press_then_hold(button));
    loop.run_until_idle();
    press();
    loop.advance(999ms);
    EXPECT_FALSE(task.done());
    loop.advance(1ms);
    EXPECT_TRUE(task.done());
}

TEST_F(Buttons, HoldsThatAreOverAreKeptToo)
{
    Button button(4, options());
    click();
    press();
    loop.advance(2s);
    let_go();
    loop.advance(1s);
    Words words;
    auto task = loop.create_task(holds(button, loop, words));
    loop.advance(10s);
    EXPECT_EQ(words, Words{"hold at 3000"});
    end(task);
}

using Edges = asyncio::detail::Ref<machine::detail::EdgeQueue>;

Coroutine<> bring_late(Edges edges, std::chrono::nanoseconds begin)
{
    co_await asyncio::sleep(1s);
    edges->push({true, begin + 500ms});
    edges->push({false, begin + 800ms});
}

TEST_F(Buttons, EdgesThatComeTogetherWithTheHoldButAreOlderAreLookedAtFirst)
{
    const auto begin = loop.now();
    const auto edges = asyncio::detail::make_ref<machine::detail::EdgeQueue>("late");
    const auto presses = asyncio::detail::make_ref<machine::detail::Presses>(
        machine::EdgeStream{edges}, "late", false, 1s, false, [] { return true; });
    edges->push({false, begin});
    auto hold = loop.create_task(machine::detail::Presses::next(
        presses, machine::detail::only(machine::detail::ButtonEvent::hold)));
    loop.run_until_idle();
    loop.create_task(bring_late(edges, begin));
    loop.advance(1s);
    EXPECT_FALSE(hold.done()) << "the first press was shorter";
    loop.advance(799ms);
    EXPECT_FALSE(hold.done());
    loop.advance(1ms);
    EXPECT_TRUE(hold.done());
    end(hold);
}

Coroutine<bool> held_within(Button button, std::chrono::milliseconds limit)
{
    try {
        co_await asyncio::wait_for(button.wait_for_hold(), limit);
    } catch (const asyncio::TimeoutError&) {
        co_return false;
    }
    co_return true;
}

TEST_F(Buttons, ACancelTakesNothing)
{
    Button button(4, options());
    press();
    EXPECT_FALSE(loop.run(held_within(button, 600ms)));
    auto press_kept = loop.create_task(button.wait_for_press());
    loop.run_until_idle();
    EXPECT_TRUE(press_kept.done()) << "the wait for a hold has seen it, and told nobody";
    EXPECT_TRUE(loop.run(held_within(button, 401ms))) << "one second after the press";

    auto release = loop.create_task(button.wait_for_release());
    loop.run_until_idle();
    let_go();
    release.cancel();  // Together with the edge.
    loop.run_until_idle();
    EXPECT_TRUE(release.cancelled());
    auto again = loop.create_task(button.wait_for_release());
    loop.run_until_idle();
    EXPECT_TRUE(again.done());
}

TEST_F(Buttons, ACancelOfAHoldTogetherWithAnEdgeTakesNothingEither)
{
    Button button(4, options());
    press();
    auto hold = loop.create_task(button.wait_for_hold());
    loop.advance(500ms);
    let_go();
    hold.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(hold.cancelled());
    Words words;
    auto task = loop.create_task(press_and_release(button, words));
    loop.run_until_idle();
    EXPECT_EQ(words, (Words{"press", "release"}));
    end(task);
}

TEST_F(Buttons, PressesThatACancelledHoldHasSkippedAreAllThereAgain)
{
    Button button(4, options());
    Words words;
    for (const int times : {2, 1}) {
        auto hold = loop.create_task(button.wait_for_hold());
        for (int i = 0; i < times; ++i) {
            click();
            loop.advance(100ms);
        }
        end(hold);
    }
    auto task = loop.create_task(press_and_release(button, words));
    loop.run_until_idle();
    EXPECT_EQ(words, (Words{"press", "release", "press", "release", "press", "release"}));
    end(task);
}

TEST_F(Buttons, AHoldThatIsToldTakesThePressesBeforeIt)
{
    Button button(4, options());
    auto hold = loop.create_task(button.wait_for_hold());
    click();
    press();
    loop.advance(1s);
    EXPECT_TRUE(hold.done());
    int count = 0;
    auto task = loop.create_task(count_presses(button, count));
    loop.run_until_idle();
    EXPECT_EQ(count, 0);
    end(task);
}

TEST_F(Buttons, WhatACancelledWaitPutsBackDoesNotGrowForEver)
{
    Button button(4, options());
    auto hold = loop.create_task(button.wait_for_hold());
    for (int i = 0; i < 20; ++i) {
        click(100);
        loop.run_until_idle();
    }
    end(hold);
    int count = 0;
    auto task = loop.create_task(count_presses(button, count));
    loop.run_until_idle();
    EXPECT_EQ(count, 513) << "1024 edges, and the press that was the last before them";
    end(task);
}

TEST_F(Buttons, IsForOneTaskAtATimeAndAnotherMakesItsOwn)
{
    Button button(4, options());
    int count = 0;
    auto task = loop.create_task(count_presses(button, count));
    loop.run_until_idle();
    EXPECT_EQ(loop.run(complaint(button)), "another task waits for the button 'GPIO4' already");
    int count_of_other = 0;
    auto other = loop.create_task(count_presses(Button(4, options()), count_of_other));
    loop.run_until_idle();
    click(2);
    loop.run_until_idle();
    EXPECT_EQ(count, 2);
    EXPECT_EQ(count_of_other, 2);
    end(task);
    end(other);
}

TEST_F(Buttons, AWaitKeepsTheButtonWhateverBecomesOfTheHandles)
{
    auto button = std::make_optional<Button>(4, options());
    auto task = loop.create_task(button->wait_for_press());
    loop.run_until_idle();
    button.reset();
    EXPECT_TRUE(in_use());
    press();
    loop.run_until_idle();
    EXPECT_TRUE(task.done());
    EXPECT_NO_THROW(task.result());
    EXPECT_FALSE(in_use());
}

TEST_F(Buttons, AFloodDoesNotBecomeAHold)
{
    press();
    Button button(4, options());
    let_go();
    click(600);  // More edges than the 1024 that are kept, of which the last is a press.
    Words words;
    auto task = loop.create_task(holds(button, loop, words));
    loop.advance(10s);
    EXPECT_EQ(words, Words{});
    end(task);
}

}  // namespace
}  // namespace button_tests
