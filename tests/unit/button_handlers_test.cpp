#include <machine/button.hpp>

#include "button_fixture.hpp"
#include "gpiod_fixture.hpp"

#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>

#include <cerrno>
#include <memory>
#include <optional>
#include <stdexcept>

// What a button calls, and a button on a chip whose libgpiod is a fake.

namespace button_tests {
namespace {

class ButtonHandlers : public Buttons {
protected:
    void note(Button& button)
    {
        button.when_pressed([this](Button) { words.push_back("press" + at()); });
        button.when_released([this](Button) { words.push_back("release" + at()); });
        button.when_held([this](Button) { words.push_back("hold" + at()); });
        loop.run_until_idle();
    }
    [[nodiscard]] std::string at() const
    {
        return " " + std::to_string(
                         std::chrono::duration_cast<std::chrono::milliseconds>(loop.now()).count());
    }

    Words words;
};

TEST_F(ButtonHandlers, AreCalledForPressesHoldsAndReleasesInTheirOrder)
{
    Button button(4, options(100ms));
    note(button);
    press();
    loop.advance(50ms);
    let_go();
    loop.advance(50ms);
    press();
    loop.advance(250ms);
    let_go();
    loop.advance(1s);
    EXPECT_EQ(words, (Words{"press 0", "release 50", "press 100", "hold 200", "release 350"}));
    auto wait = loop.create_task(button.wait_for_press());
    loop.run_until_idle();
    EXPECT_TRUE(wait.done()) << "who waits sees them as well";
}

TEST_F(ButtonHandlers, AreNotCalledForWhatWasBeforeNorAfterTheyAreTakenAway)
{
    press();
    Button button(4, options());
    note(button);
    EXPECT_EQ(words, Words{});
    let_go();
    loop.run_until_idle();
    EXPECT_EQ(words, Words{"release 0"});
    button.when_pressed({});
    press();
    loop.run_until_idle();
    EXPECT_EQ(words, Words{"release 0"});
}

TEST_F(ButtonHandlers, DoNotKeepTheButton)
{
    {
        Button button(4, options());
        note(button);
        press();
        loop.run_until_idle();
    }
    EXPECT_FALSE(in_use()) << "at once";
    loop.advance(10s);
    EXPECT_EQ(words, Words{"press 0"});
}

TEST_F(ButtonHandlers, MayLetTheLastHandleGo)
{
    auto button = std::make_unique<Button>(4, options());
    const Pin pin = button->pin();
    button->when_pressed([&](Button) {
        words.push_back("press");
        button.reset();
    });
    loop.run_until_idle();
    click(3);
    loop.run_until_idle();
    EXPECT_EQ(words, Words{"press"});
    EXPECT_EQ(button, nullptr);
}

TEST_F(ButtonHandlers, MayOwnTheButtonAndTakeItAlongWhenTheyAreTakenAway)
{
    auto button = std::make_shared<Button>(4, options());
    button->when_pressed([this, button](Button which) {
        words.push_back("press");
        which.when_pressed({});
    });
    button.reset();
    EXPECT_TRUE(in_use());
    loop.run_until_idle();
    click(3);
    loop.run_until_idle();
    EXPECT_EQ(words, Words{"press"});
    EXPECT_FALSE(in_use());
}

TEST_F(ButtonHandlers, MayPressTheirOwnButtonWithoutStoppingTheOthers)
{
    Button button(4, options());
    int calls = 0;
    button.when_pressed([&](Button) {
        ++calls;
        click();
    });
    loop.run_until_idle();
    click();
    loop.run(asyncio::sleep_ms(0));
    EXPECT_GT(calls, 0);
    button.when_pressed({});
    loop.run_until_idle();
}

TEST_F(ButtonHandlers, WhatTheyThrowIsReportedAndTheNextPressComesAllTheSame)
{
    Words reports;
    gpiod_tests::keep_messages(loop, reports);
    Button button(4, options());
    int calls = 0;
    button.when_pressed([&](Button) {
        ++calls;
        throw std::runtime_error{"on purpose"};
    });
    loop.run_until_idle();
    click(2);
    loop.run_until_idle();
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(reports,
              (Words{"button 'GPIO4': the handler failed", "button 'GPIO4': the handler failed"}));
}

/// On a chip whose libgpiod is a fake.
class ButtonOnAChip : public gpiod_tests::Gpiod {};

TEST_F(ButtonOnAChip, ALineThatFailsEndsTheWaitAndTheCallsAndSaysSo)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    Words reports;
    gpiod_tests::keep_messages(loop, reports);
    GpiodFake::put(2, 1);
    auto button = std::make_optional<Button>(2, options());
    button->when_pressed([](Button) {});
    auto task = loop.create_task(complaint(*button));
    loop.run_until_idle();
    GpiodFake::fail("events", ENODEV);
    GpiodFake::edge(2, false, 1s);
    loop.run_until_idle();
    ASSERT_TRUE(task.done());
    EXPECT_NE(task.result().find("No such device"), std::string::npos) << task.result();
    EXPECT_EQ(reports, Words{"button 'gpiochip0:2': no more presses are reported"});
    button.reset();
    loop.run_until_idle();
}

TEST_F(ButtonOnAChip, WhoIsToldOfItsEndMayLetTheLastHandleGo)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    GpiodFake::put(2, 1);
    auto button = std::make_optional<Button>(2, options());
    loop.loop().set_exception_handler(
        [&](asyncio::Loop&, const asyncio::ExceptionContext&) { button.reset(); });
    button->when_pressed([](Button) {});
    loop.run_until_idle();
    GpiodFake::fail("events", ENODEV);
    GpiodFake::edge(2, false, 1s);
    loop.run_until_idle();
    EXPECT_FALSE(button.has_value());
    EXPECT_EQ(GpiodFake::requested_lines(), 0);
}

TEST_F(ButtonOnAChip, OneThatWasMadeInOneLoopIsWaitedForInTheNext)
{
    use_as_board();
    GpiodFake::put(2, 1);
    std::optional<Button> button;
    {
        asyncio::VirtualLoop first;
        button.emplace(2, options());
        first.run_until_idle();
    }
    asyncio::VirtualLoop second;
    auto task = second.create_task(button->wait_for_press());
    second.run_until_idle();
    GpiodFake::put(2, 0);
    GpiodFake::edge(2, false, 1s);
    second.run_until_idle();
    EXPECT_TRUE(task.done());
}

TEST_F(ButtonOnAChip, APressWhileItIsMadeIsOne)
{
    use_as_board();
    asyncio::VirtualLoop loop;
    GpiodFake::put(2, 0);
    Button button(2, options());
    GpiodFake::edge(2, false, loop.now());
    int count = 0;
    auto task = loop.create_task(count_presses(button, count));
    loop.run_until_idle();
    EXPECT_EQ(count, 1);
    GpiodFake::edge(2, true, loop.now());
    GpiodFake::edge(2, false, loop.now());
    loop.run_until_idle();
    EXPECT_EQ(count, 2);
    task.cancel();
    loop.run_until_idle();
}

}  // namespace
}  // namespace button_tests
