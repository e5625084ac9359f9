// A light that blinks: blink [--led NAME | --pin NAME] [--on S] [--off S] [--count N].
//
// Without options two LEDs blink at their own pace, for 10 seconds: MicroPython's first asyncio
// example. The names are the same on every board: "led:ACT" or the number of an LED, "GPIO17",
// "J8:11" or "gpiochip0:17" for a pin. On a desktop the board is simulated; MACHINE_TRACE=1 shows
// what changes.
#include <asyncio/asyncio.hpp>
#include <machine/effects.hpp>
#include <machine/led.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>

using namespace std::chrono_literals;

asyncio::Coroutine<> blink_two(machine::LED led1, machine::LED led2)
{
    asyncio::create_task(machine::blink(led1, 5ms, 700ms));
    asyncio::create_task(machine::blink(led2, 5ms, 400ms));
    co_await asyncio::sleep_ms(10'000);
}

/// The LED with this number or name.
machine::LED find_led(const std::string& name)
{
    const bool is_number = name.size() == 1 && name >= "0" && name <= "9";
    return is_number ? machine::LED(std::stoi(name)) : machine::LED(name);
}

std::chrono::nanoseconds seconds(double count)
{
    return std::chrono::nanoseconds{static_cast<std::int64_t>(count * 1e9)};
}

int main(int argc, char** argv)
{
    std::string led = "1";
    std::string pin;
    double on = 1;
    double off = 1;
    std::optional<int> count;
    CLI::App app{"Lets a light blink."};
    CLI::Option* const led_option = app.add_option("--led", led, "number or name of the LED");
    app.add_option("--pin", pin, "name of the pin")->excludes(led_option);
    app.add_option("--on", on, "seconds on")->check(CLI::Range(0.001, 1e6));
    app.add_option("--off", off, "seconds off")->check(CLI::Range(0.001, 1e6));
    app.add_option("--count", count, "times; otherwise for ever")->check(CLI::NonNegativeNumber);
    CLI11_PARSE(app, argc, argv);
    try {
        if (argc == 1) {
            asyncio::run(blink_two(machine::LED(1), machine::LED(2)));
        } else if (!pin.empty()) {
            asyncio::run(machine::blink(machine::LED(pin), seconds(on), seconds(off), count));
        } else {
            asyncio::run(machine::blink(find_led(led), seconds(on), seconds(off), count));
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "blink: %s\n", error.what());
        return 1;
    }
}
