// A traffic light for cars and one for who presses a button: traffic_light [SECONDS [RED YELLOW
// GREEN BUTTON]], pins GPIO9, GPIO10, GPIO11 and GPIO4 if none are named.
//
// On a desktop the board is simulated, a task of this program presses the button, and
// MACHINE_TRACE=1 shows the lamps.
#include <asyncio/asyncio.hpp>
#include <machine/board.hpp>
#include <machine/button.hpp>
#include <machine/effects.hpp>
#include <machine/signal.hpp>
#include <machine/simulated_board.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

using namespace std::chrono_literals;
using machine::Button;
using machine::Pin;
using machine::Signal;

/// Three lamps, of which it is told what they show.
class Lights {
public:
    Lights(const std::string& red, const std::string& yellow, const std::string& green)
        : red_{red, Pin::OUT, {}, 1}, yellow_{yellow, Pin::OUT, {}, 0},
          green_{green, Pin::OUT, {}, 0}
    {
    }

    void show(const char* what, bool red, bool yellow, bool green)
    {
        red_.value(red ? 1 : 0);
        yellow_.value(yellow ? 1 : 0);
        green_.value(green ? 1 : 0);
        std::printf("%s\n", what);
        std::fflush(stdout);
    }

    /// Green, but not for long.
    [[nodiscard]] asyncio::Coroutine<> blink_green() const
    {
        std::printf("green blinks\n");
        return machine::blink(green_, 40ms, 40ms, 3);
    }

private:
    Signal red_;
    Signal yellow_;
    Signal green_;
};

/// Green for the cars until somebody presses; then once through all the others.
asyncio::Coroutine<> work(Lights lights, Button button)
{
    for (;;) {
        lights.show("green", false, false, true);
        co_await button.wait_for_press();
        co_await lights.blink_green();
        lights.show("yellow", false, true, false);
        co_await asyncio::sleep_ms(100);
        lights.show("red", true, false, false);
        co_await asyncio::sleep_ms(300);
        lights.show("red and yellow", true, true, false);
        co_await asyncio::sleep_ms(100);
    }
}

asyncio::Coroutine<> press(unsigned line)
{
    for (;;) {
        co_await asyncio::sleep_ms(300);
        machine::simulated_board().drive(line, 0);
        co_await asyncio::sleep_ms(50);
        machine::simulated_board().drive(line, 1);
    }
}

/// The pins that are used, if no others are named.
class Names {
public:
    Names() = default;

    std::string red = "GPIO9";
    std::string yellow = "GPIO10";
    std::string green = "GPIO11";
    std::string button = "GPIO4";
};

asyncio::Coroutine<> main_task(double seconds, Names names)
{
    const Button button(names.button);
    Lights lights{names.red, names.yellow, names.green};
    if (machine::board().simulated() != nullptr) {
        asyncio::create_task(press(button.pin().address().offset));
    }
    auto light = asyncio::create_task(work(std::move(lights), button));
    try {
        co_await asyncio::wait_for(light, seconds);
    } catch (const asyncio::TimeoutError&) {
        std::printf("the end\n");
    }
}

int main(int argc, char** argv)
{
    double seconds = 10;
    Names names;
    CLI::App app{"A traffic light, and a button for who wants to cross the street."};
    app.add_option("seconds", seconds, "how long")->check(CLI::Range(0.0, 1e6));
    app.add_option("red", names.red, "pin of the red lamp");
    app.add_option("yellow", names.yellow, "pin of the yellow lamp");
    app.add_option("green", names.green, "pin of the green lamp");
    app.add_option("button", names.button, "pin of the button, which connects it to ground");
    CLI11_PARSE(app, argc, argv);
    try {
        asyncio::run(main_task(seconds, names));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "traffic_light: %s\n", error.what());
        return 1;
    }
}
