#include <machine/effects.hpp>

#include "machine/clock.hpp"

#include <asyncio/sleep.hpp>

#include <algorithm>
#include <cmath>
#include <exception>
#include <functional>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <utility>

namespace machine {
namespace {

using asyncio::Coroutine;
using std::chrono::nanoseconds;

constexpr nanoseconds step = std::chrono::milliseconds{20};
constexpr unsigned default_freq = 100;  // gpiozero's.

/// Makes a light so bright, 0 to 1.
using Set = std::function<void(double)>;
/// How bright it is.
using Get = std::function<double()>;

Set setter(LED light)
{
    return [light](double share) mutable {
        light.intensity(static_cast<int>(std::lround(share * 255)));
    };
}

Set setter(PWM light)
{
    return [light](double share) mutable {
        if (light.freq() == 0) {
            light.freq(default_freq);
        }
        light.duty_u16(static_cast<unsigned>(std::lround(share * 65535)));
    };
}

template <typename Switch>
Set on_or_off(Switch light)
{
    return [light](double share) mutable { light.value(share == 0 ? 0 : 1); };
}

void check(const Pin& light)
{
    if (light.mode() == Mode::in) {
        throw std::invalid_argument{"cannot blink '" + light.name() +
                                    "': it is an input (init it as Pin::OUT first)"};
    }
}

/// Sets the light off, unless it is told not to.
class OffAtEnd {
public:
    explicit OffAtEnd(const Set& set) noexcept : set_{set} {}
    OffAtEnd(const OffAtEnd&) = delete;
    OffAtEnd& operator=(const OffAtEnd&) = delete;
    ~OffAtEnd()
    {
        if (!off_) {
            return;
        }
        try {
            set_(0);
        } catch (const std::exception&) {
            // The line or the LED is gone. Who waits has been told, or nobody can be.
        }
    }

    void leave_on() noexcept { off_ = false; }

private:
    const Set& set_;
    bool off_ = true;
};

class Times {
public:
    Times(nanoseconds on_for, nanoseconds off_for, nanoseconds brighter, nanoseconds darker)
        : on{on_for}, off{off_for}, in{brighter}, out{darker}
    {
        for (const nanoseconds time : {on, off, in, out}) {
            if (time < nanoseconds{0}) {
                throw std::invalid_argument{"cannot blink for " + std::to_string(time.count()) +
                                            " ns"};
            }
        }
        if (std::max({on, off, in, out}) == nanoseconds{0}) {
            throw std::invalid_argument{"cannot blink in no time at all"};
        }
    }

    nanoseconds on;
    nanoseconds off;
    nanoseconds in;
    nanoseconds out;
};

void check(std::optional<int> n)
{
    if (n && *n < 0) {
        throw std::invalid_argument{"cannot blink " + std::to_string(*n) + " times"};
    }
}

/// To `to` in `time`, in steps whose height is that of the clock: a late one is no shorter.
Coroutine<> ramp(Set set, double from, double to, nanoseconds time)
{
    const nanoseconds begin = detail::now();
    for (nanoseconds passed{0}; passed < time; passed = detail::now() - begin) {
        const double share =
            static_cast<double>(passed.count()) / static_cast<double>(time.count());
        set(from + (to - from) * share);
        co_await asyncio::sleep(std::min(step, time - passed));
    }
    set(to);
}

Coroutine<> run_blink(Set set, Times times, std::optional<int> n)
{
    const OffAtEnd guard{set};
    for (int i = 0; !n || i < *n; i += n ? 1 : 0) {
        if (times.in > nanoseconds{0}) {
            co_await ramp(set, 0, 1, times.in);
        }
        if (times.on > nanoseconds{0}) {
            set(1);
            co_await asyncio::sleep(times.on);
        }
        if (times.out > nanoseconds{0}) {
            co_await ramp(set, 1, 0, times.out);
        }
        if (times.off > nanoseconds{0}) {
            set(0);
            co_await asyncio::sleep(times.off);
        }
    }
}

Coroutine<> run_fade(Set set, Get get, double to, nanoseconds time)
{
    OffAtEnd guard{set};
    const double from = get();
    co_await ramp(set, from, to, time);
    guard.leave_on();
}

Coroutine<> start_blink(Set set, const Times& times, std::optional<int> n)
{
    check(n);
    return run_blink(std::move(set), times, n);
}

Coroutine<> start_fade(Set set, Get get, double to, nanoseconds time)
{
    if (!(to >= 0 && to <= 1)) {
        throw std::invalid_argument{"cannot fade to " + std::to_string(to) + ": expected 0 to 1"};
    }
    if (time < nanoseconds{0}) {
        throw std::invalid_argument{"cannot fade for " + std::to_string(time.count()) + " ns"};
    }
    return run_fade(std::move(set), std::move(get), to, time);
}

}  // namespace

Coroutine<> blink(LED light, nanoseconds on_time, nanoseconds off_time, std::optional<int> n,
                  nanoseconds fade_in_time, nanoseconds fade_out_time)
{
    return start_blink(setter(std::move(light)),
                       Times{on_time, off_time, fade_in_time, fade_out_time}, n);
}

Coroutine<> blink(PWM light, nanoseconds on_time, nanoseconds off_time, std::optional<int> n,
                  nanoseconds fade_in_time, nanoseconds fade_out_time)
{
    return start_blink(setter(std::move(light)),
                       Times{on_time, off_time, fade_in_time, fade_out_time}, n);
}

Coroutine<> blink(Pin light, nanoseconds on_time, nanoseconds off_time, std::optional<int> n)
{
    check(light);
    return start_blink(on_or_off(std::move(light)), Times{on_time, off_time, {}, {}}, n);
}

Coroutine<> blink(Signal light, nanoseconds on_time, nanoseconds off_time, std::optional<int> n)
{
    check(light.pin());
    return start_blink(on_or_off(std::move(light)), Times{on_time, off_time, {}, {}}, n);
}

Coroutine<> pulse(LED light, nanoseconds fade_in_time, nanoseconds fade_out_time,
                  std::optional<int> n)
{
    return start_blink(setter(std::move(light)), Times{{}, {}, fade_in_time, fade_out_time}, n);
}

Coroutine<> pulse(PWM light, nanoseconds fade_in_time, nanoseconds fade_out_time,
                  std::optional<int> n)
{
    return start_blink(setter(std::move(light)), Times{{}, {}, fade_in_time, fade_out_time}, n);
}

Coroutine<> fade(LED light, double to, nanoseconds time)
{
    Get get = [light] { return light.intensity() / 255.0; };
    return start_fade(setter(std::move(light)), std::move(get), to, time);
}

Coroutine<> fade(PWM light, double to, nanoseconds time)
{
    Get get = [light] { return light.duty_u16() / 65535.0; };
    return start_fade(setter(std::move(light)), std::move(get), to, time);
}

}  // namespace machine
