// A button on a real line: the pull and the debounce are the kernel's.
#include "outside.hpp"

#include <machine/board.hpp>
#include <machine/button.hpp>

#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <chrono>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace {

using asyncio::Coroutine;
using machine::Button;
using namespace std::chrono_literals;
using Words = std::vector<std::string>;

Coroutine<> press(const Outside::Wire& wire, std::chrono::milliseconds time)
{
    for (const bool level : {false, true, false}) {  // It bounces.
        wire.drive(level);
        co_await asyncio::sleep_ms(1);
    }
    co_await asyncio::sleep(time);
    wire.drive(true);
    co_await asyncio::sleep_ms(300);
}

Coroutine<> tell(Button button, const Outside::Wire& wire, Words& words)
{
    for (const auto time : {300ms, 1500ms}) {
        co_await press(wire, time);
    }
    co_await button.wait_for_press();
    words.push_back("press");
    co_await button.wait_for_release();
    words.push_back("release");
    co_await button.wait_for_hold();
    words.push_back("hold");
    co_await button.wait_for_release();
    words.push_back("release");
}

TEST(BoardButton, TellsPressesAndHoldsOfARealLine)
{
    ASSERT_TRUE(Outside::here()) << "this is for ./dev board-test";
    machine::use_backend("gpiod");
    const Outside::Wire wire{31};
    machine::ButtonOptions options;
    options.debounce = 50ms;
    Button button(31, options);
    EXPECT_FALSE(button.is_pressed()) << "it is pulled up";
    Words called;
    button.when_pressed([&](Button) { called.push_back("press"); });
    button.when_held([&](Button) { called.push_back("hold"); });
    Words told;
    asyncio::run(tell(button, wire, told));
    EXPECT_EQ(told, (Words{"press", "release", "hold", "release"}));
    EXPECT_EQ(called, (Words{"press", "press", "hold"}));
    EXPECT_FALSE(button.is_pressed());
}

}  // namespace
