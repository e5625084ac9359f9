#pragma once

#include "boardd/alarm.hpp"
#include "boardd/pigpio/report_filter.hpp"

namespace boardd::pigpio {

/// What stands between the changes of one GPIO and the reports of them: filters and watchdog.
class GpioWatch {
public:
    /// Who is told.
    class Listener {
    public:
        Listener() = default;
        Listener(const Listener&) = delete;
        Listener& operator=(const Listener&) = delete;

        /// The level after the filters; may be the one that was told before.
        virtual void level_changed(unsigned gpio, FilteredLevel change, bool by_pwm) = 0;
        /// Nothing changed for the watchdog's time. False: nobody listens, so it may sleep.
        virtual bool watchdog_barked(unsigned gpio) = 0;

    protected:
        ~Listener() = default;
    };

    GpioWatch(unsigned gpio, Listener& listener);
    GpioWatch(const GpioWatch&) = delete;
    GpioWatch& operator=(const GpioWatch&) = delete;

    /// The commands FG, FN and WDOG; 0 turns each of them off.
    void set_glitch_filter(Time steady);
    void set_noise_filter(Time steady, Time active);
    void set_watchdog(Time timeout);

    /// A level on the wire has changed.
    void change(FilteredLevel change, bool by_pwm);
    /// Somebody listens again, or a change was told: the watchdog's time begins anew.
    void restart_watchdog();

private:
    void pass(FilteredLevel change);
    void expire();
    void set_alarm();
    void bark();

    unsigned gpio_;
    Listener& listener_;
    GlitchFilter glitch_;
    NoiseFilter noise_;
    bool by_pwm_ = false;  // The latest change was.
    Alarm steady_;
    Time timeout_{};
    Alarm watchdog_;
};

}  // namespace boardd::pigpio
