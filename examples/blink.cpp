// Two LEDs that blink at their own pace, for 10 seconds: MicroPython's first asyncio example.
//
// On a desktop the board is simulated; MACHINE_TRACE=1 shows the LEDs change.
#include <asyncio/asyncio.hpp>
#include <machine/led.hpp>

asyncio::Coroutine<> blink(machine::LED led, int period_ms)
{
    while (true) {
        led.on();
        co_await asyncio::sleep_ms(5);
        led.off();
        co_await asyncio::sleep_ms(period_ms);
    }
}

asyncio::Coroutine<> main_task(machine::LED led1, machine::LED led2)
{
    asyncio::create_task(blink(led1, 700));
    asyncio::create_task(blink(led2, 400));
    co_await asyncio::sleep_ms(10'000);
}

int main() { asyncio::run(main_task(machine::LED(1), machine::LED(2))); }
