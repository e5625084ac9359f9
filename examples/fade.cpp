// A LED that gets brighter and darker, by pulses: fade [PIN] [TIMES].
//
// PIN is a pin ("GPIO18", the default) or a channel of the kernel's PWM hardware ("pwmchip0:0").
// On a desktop the board is simulated; MACHINE_TRACE=1 shows the pulses.
#include <asyncio/asyncio.hpp>
#include <machine/pwm.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

asyncio::Coroutine<> fade(machine::PWM pwm, unsigned from, unsigned to)
{
    constexpr int steps = 50;
    for (int i = 0; i <= steps; ++i) {
        // What the eye sees grows more slowly than the light: hence the square.
        const int at =
            static_cast<int>(from) + (static_cast<int>(to) - static_cast<int>(from)) * i / steps;
        pwm.duty_u16(static_cast<unsigned>(65535.0 * at * at / 10'000));
        co_await asyncio::sleep_ms(10);
    }
}

asyncio::Coroutine<> main_task(std::string pin, int times)
{
    machine::PWM pwm(pin, 200);
    std::printf("%s\n", pwm.description().c_str());
    for (int i = 0; i < times; ++i) {
        co_await fade(pwm, 0, 100);
        co_await fade(pwm, 100, 0);
    }
}

int main(int argc, char** argv)
{
    try {
        asyncio::run(main_task(argc > 1 ? argv[1] : "GPIO18", argc > 2 ? std::atoi(argv[2]) : 1));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fade: %s\n", error.what());
        return 1;
    }
}
