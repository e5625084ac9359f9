// A button that bounces switches a LED: button [BUTTON [LED [PRESSES]]], for ever or so many times.
// Who holds it for a second is told so.
//
// The button connects its pin, GPIO4, to ground; the LED is that of GPIO17, or "led:ACT".
// On a desktop the board is simulated, and a task of this program presses the button.
#include <asyncio/asyncio.hpp>
#include <machine/board.hpp>
#include <machine/button.hpp>
#include <machine/led.hpp>
#include <machine/simulated_board.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <string>

asyncio::Coroutine<> switch_led(machine::Button button, machine::LED led, int presses)
{
    for (int i = 0; presses == 0 || i < presses; ++i) {
        co_await button.wait_for_press();
        led.toggle();
        std::printf("pressed: the LED is %s\n", led.value() == 1 ? "on" : "off");
        std::fflush(stdout);
    }
}

/// A finger, and contacts that bounce when it comes and when it goes; it holds every third time.
asyncio::Coroutine<> press(unsigned line)
{
    for (int i = 1;; ++i) {
        for (const int level : {0, 1, 0, 1, 0}) {
            machine::simulated_board().drive(line, level);
            co_await asyncio::sleep_ms(1);
        }
        co_await asyncio::sleep_ms(i % 3 == 0 ? 1100 : 100);
        for (const int level : {1, 0, 1}) {
            machine::simulated_board().drive(line, level);
            co_await asyncio::sleep_ms(1);
        }
        co_await asyncio::sleep_ms(100);
    }
}

asyncio::Coroutine<> main_task(std::string button_name, std::string led_name, int presses)
{
    machine::Button button(button_name);
    button.when_held([](machine::Button) { std::printf("held\n"); });
    const machine::LED led(led_name);
    if (machine::board().simulated() != nullptr) {
        asyncio::create_task(press(button.pin().address().offset));
    }
    co_await switch_led(button, led, presses);
}

int main(int argc, char** argv)
{
    std::string button = "GPIO4";
    std::string led = "GPIO17";
    int presses = 0;
    CLI::App app{"Lets a button switch an LED."};
    app.add_option("button", button, "pin of the button, which connects it to ground");
    app.add_option("led", led, "pin or name of the LED");
    app.add_option("presses", presses, "how many; 0: for ever")->check(CLI::NonNegativeNumber);
    CLI11_PARSE(app, argc, argv);
    try {
        asyncio::run(main_task(button, led, presses));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "button: %s\n", error.what());
        return 1;
    }
}
