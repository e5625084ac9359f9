// A button that bounces switches a LED: button [BUTTON [LED [PRESSES]]], for ever or so many times.
//
// The button connects its pin, GPIO4, to ground; the LED is that of GPIO17, or "led:ACT".
// On a desktop the board is simulated, and a task of this program presses the button.
#include <asyncio/asyncio.hpp>
#include <machine/board.hpp>
#include <machine/led.hpp>
#include <machine/pin.hpp>
#include <machine/simulated_board.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

using namespace std::chrono_literals;

asyncio::Coroutine<> switch_led(machine::Pin button, machine::LED led, int presses)
{
    const machine::EdgeStream edges = button.edges(machine::Pin::IRQ_FALLING);
    for (int i = 0; presses == 0 || i < presses; ++i) {
        co_await edges.next();
        led.toggle();
        std::printf("pressed: the LED is %s\n", led.value() == 1 ? "on" : "off");
        std::fflush(stdout);
    }
}

/// A finger, and contacts that bounce when it comes and when it goes.
asyncio::Coroutine<> press(unsigned line)
{
    for (;;) {
        for (const int level : {0, 1, 0, 1, 0}) {
            machine::simulated_board().drive(line, level);
            co_await asyncio::sleep_ms(1);
        }
        co_await asyncio::sleep_ms(100);
        for (const int level : {1, 0, 1}) {
            machine::simulated_board().drive(line, level);
            co_await asyncio::sleep_ms(1);
        }
        co_await asyncio::sleep_ms(100);
    }
}

asyncio::Coroutine<> main_task(std::string button_name, std::string led_name, int presses)
{
    machine::Pin button(button_name, machine::Pin::IN, machine::Pin::PULL_UP);
    button.debounce(20ms);
    const machine::LED led(led_name);
    if (machine::board().simulated() != nullptr) {
        asyncio::create_task(press(button.address().offset));
    }
    co_await switch_led(button, led, presses);
}

int main(int argc, char** argv)
{
    try {
        asyncio::run(main_task(argc > 1 ? argv[1] : "GPIO4", argc > 2 ? argv[2] : "GPIO17",
                               argc > 3 ? std::atoi(argv[3]) : 0));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "button: %s\n", error.what());
        return 1;
    }
}
