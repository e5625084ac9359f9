#pragma once

#include <machine/board.hpp>
#include <machine/button.hpp>
#include <machine/simulated_board.hpp>

#include <asyncio/coroutine.hpp>
#include <asyncio/task.hpp>
#include <asyncio/testing.hpp>

#include <chrono>
#include <exception>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace button_tests {

using asyncio::Coroutine;
using machine::Button;
using machine::ButtonOptions;
using machine::Pin;
using namespace std::chrono_literals;
using Words = std::vector<std::string>;

inline ButtonOptions options(std::chrono::nanoseconds hold_time = 1s, bool hold_repeat = false)
{
    ButtonOptions made;
    made.debounce = 0us;
    made.hold_time = hold_time;
    made.hold_repeat = hold_repeat;
    return made;
}

class Buttons : public ::testing::Test {
protected:
    void SetUp() override { machine::use_backend("simulated"); }

    static void press(unsigned line = 4) { machine::simulated_board().drive(line, 0); }
    static void let_go(unsigned line = 4) { machine::simulated_board().drive(line, 1); }
    static void click(int times = 1)
    {
        for (int i = 0; i < times; ++i) {
            press();
            let_go();
        }
    }
    static bool in_use() { return machine::board().info({"simulated", 4}).used; }

    /// Ends tasks before the button's board is replaced.
    void end(asyncio::AnyTask task)
    {
        task.cancel();
        loop.run_until_idle();
    }

    asyncio::VirtualLoop loop;
};

inline Coroutine<> count_presses(Button button, int& count)
{
    for (;;) {
        co_await button.wait_for_press();
        ++count;
    }
}

inline Coroutine<std::string> complaint(Button button)
{
    try {
        co_await button.wait_for_press();
    } catch (const std::exception& error) {
        co_return error.what();
    }
    co_return "";
}

}  // namespace button_tests
