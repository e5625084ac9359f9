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

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>
#include <vector>

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

asyncio::Coroutine<> main_task(double seconds, std::vector<std::string> names)
{
    const Button button(names[3]);
    Lights lights{names[0], names[1], names[2]};
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
    try {
        std::vector<std::string> names{"GPIO9", "GPIO10", "GPIO11", "GPIO4"};
        for (int i = 2; i < argc && i < 6; ++i) {
            names[static_cast<std::size_t>(i - 2)] = argv[i];
        }
        asyncio::run(main_task(argc > 1 ? std::atof(argv[1]) : 10.0, names));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "traffic_light: %s\n", error.what());
        return 1;
    }
}
