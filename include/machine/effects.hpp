#pragma once

#include <machine/led.hpp>
#include <machine/pin.hpp>
#include <machine/pwm.hpp>
#include <machine/signal.hpp>

#include <asyncio/coroutine.hpp>

#include <chrono>
#include <optional>

/// What a light does by itself, as coroutines for a task of their own:
///
///     auto blinking = asyncio::create_task(machine::blink(led, 200ms, 800ms));
///     ...
///     blinking.cancel();
///
/// Each ends with the light off, when its times are over, when it is cancelled in the middle, when
/// its loop is closed, and when it throws; only a fade() that comes to its end leaves the light as
/// bright as it was told to. One that is cancelled before it has begun leaves it as it was.
/// Whoever else sets the light meanwhile has his way until the next step.
///
/// What is bright is said as a share, 0 to 1; it grows evenly, and every 20 ms. A PWM without a
/// frequency gets 100 Hz. A LED on a pin, and a PWM in software, get it by pulses.
///
/// All throw std::invalid_argument at once for a time that is negative or, of all together, 0, for
/// a negative number of times, a share that is not 0 to 1, or a pin that is an input; and later
/// OSError. For the loop's thread. Source: gpiozero, LED.blink, PWMLED.blink and PWMLED.pulse.
namespace machine {

/// On for on_time, off for off_time, n times or for ever; getting brighter takes fade_in_time,
/// getting darker fade_out_time, before and after on_time.
asyncio::Coroutine<> blink(LED light, std::chrono::nanoseconds on_time = std::chrono::seconds{1},
                           std::chrono::nanoseconds off_time = std::chrono::seconds{1},
                           std::optional<int> n = {}, std::chrono::nanoseconds fade_in_time = {},
                           std::chrono::nanoseconds fade_out_time = {});
asyncio::Coroutine<> blink(PWM light, std::chrono::nanoseconds on_time = std::chrono::seconds{1},
                           std::chrono::nanoseconds off_time = std::chrono::seconds{1},
                           std::optional<int> n = {}, std::chrono::nanoseconds fade_in_time = {},
                           std::chrono::nanoseconds fade_out_time = {});
/// The same for what is on or off: an output, a relay.
asyncio::Coroutine<> blink(Pin light, std::chrono::nanoseconds on_time = std::chrono::seconds{1},
                           std::chrono::nanoseconds off_time = std::chrono::seconds{1},
                           std::optional<int> n = {});
asyncio::Coroutine<> blink(Signal light, std::chrono::nanoseconds on_time = std::chrono::seconds{1},
                           std::chrono::nanoseconds off_time = std::chrono::seconds{1},
                           std::optional<int> n = {});

/// Brighter and darker again, n times or for ever.
asyncio::Coroutine<> pulse(LED light,
                           std::chrono::nanoseconds fade_in_time = std::chrono::seconds{1},
                           std::chrono::nanoseconds fade_out_time = std::chrono::seconds{1},
                           std::optional<int> n = {});
asyncio::Coroutine<> pulse(PWM light,
                           std::chrono::nanoseconds fade_in_time = std::chrono::seconds{1},
                           std::chrono::nanoseconds fade_out_time = std::chrono::seconds{1},
                           std::optional<int> n = {});

/// From as bright as it is to the share `to`, in `time`; 0: at once.
asyncio::Coroutine<> fade(LED light, double to,
                          std::chrono::nanoseconds time = std::chrono::seconds{1});
asyncio::Coroutine<> fade(PWM light, double to,
                          std::chrono::nanoseconds time = std::chrono::seconds{1});

}  // namespace machine
