#include "boardd/pigpio/gpio_watch.hpp"

#include <algorithm>

namespace boardd::pigpio {

GpioWatch::GpioWatch(unsigned gpio, Listener& listener)
    : gpio_{gpio}, listener_{listener}, steady_{[this] { expire(); }}, watchdog_{[this] { bark(); }}
{
}

void GpioWatch::set_glitch_filter(Time steady)
{
    glitch_.set(steady);
    set_alarm();
}

void GpioWatch::set_noise_filter(Time steady, Time active)
{
    noise_.set(steady, active);
    set_alarm();
}

void GpioWatch::set_watchdog(Time timeout)
{
    timeout_ = timeout;
    restart_watchdog();
}

void GpioWatch::restart_watchdog()
{
    if (timeout_ > Time{0}) {
        watchdog_.set(now() + timeout_);
    } else {
        watchdog_.cancel();
    }
}

void GpioWatch::bark()
{
    if (listener_.watchdog_barked(gpio_)) {
        restart_watchdog();
    }
}

void GpioWatch::change(FilteredLevel change, bool by_pwm)
{
    by_pwm_ = by_pwm;
    if (const auto passed = glitch_.change(change)) {
        pass(*passed);
    }
    set_alarm();
}

void GpioWatch::pass(FilteredLevel change)
{
    if (const auto passed = noise_.change(change)) {
        listener_.level_changed(gpio_, *passed, by_pwm_);
    }
}

void GpioWatch::expire()
{
    const Time time = now();
    if (const auto passed = glitch_.expire(time)) {
        pass(*passed);
    }
    if (const auto passed = noise_.expire(time)) {
        listener_.level_changed(gpio_, *passed, by_pwm_);
    }
    set_alarm();
}

void GpioWatch::set_alarm()
{
    const auto glitch = glitch_.deadline();
    const auto noise = noise_.deadline();
    if (glitch || noise) {
        steady_.set(std::min(glitch.value_or(Time::max()), noise.value_or(Time::max())));
    } else if (steady_.is_set()) {
        steady_.cancel();
    }
}

}  // namespace boardd::pigpio
