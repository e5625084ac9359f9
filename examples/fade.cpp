// A light that gets brighter and darker: fade [LIGHT] [TIMES].
//
// LIGHT is a pin ("GPIO18", the default), which shines by pulses: those of the kernel's PWM
// hardware where the pin has a channel of it; or such a channel itself ("pwmchip0:0"), or an LED
// ("led:ACT"). On a desktop the board is simulated; MACHINE_TRACE=1 shows the pulses.
#include <asyncio/asyncio.hpp>
#include <machine/effects.hpp>
#include <machine/led.hpp>
#include <machine/pwm.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

using namespace std::chrono_literals;

asyncio::Coroutine<> main_task(std::string light, int times)
{
    if (light.starts_with("led:")) {
        std::printf("%s\n", light.c_str());
        co_await machine::pulse(machine::LED(light), 500ms, 500ms, times);
        co_return;
    }
    machine::PWM pwm(light, 200);
    std::printf("%s\n", pwm.description().c_str());
    co_await machine::pulse(pwm, 500ms, 500ms, times);
}

int main(int argc, char** argv)
{
    std::string light = "GPIO18";
    int times = 1;
    CLI::App app{"Makes a light brighter and darker."};
    app.add_option("light", light, "pin, PWM channel or LED");
    app.add_option("times", times, "how often")->check(CLI::NonNegativeNumber);
    CLI11_PARSE(app, argc, argv);
    try {
        asyncio::run(main_task(light, times));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fade: %s\n", error.what());
        return 1;
    }
}
