#pragma once

#include "boardd/alarm.hpp"

#include <cstdint>

namespace boardd {

class SharedPin;

/// Pulses on one pin, timed by the loop: software PWM, or servo pulses at 50 Hz.
///
/// The edges come 50 to 200 us late, more on a busy board: right for LEDs, motors and most
/// servos, not for what needs microseconds. Each pulse is as long as it should be after its real
/// beginning, and pulses that are overdue are left out. While the level does not change (duty 0
/// or the whole range) nothing wakes the loop.
///
/// Frequency and range outlive the pulses: they are kept for the next start.
class SoftPwm {
public:
    enum class Use : std::uint8_t { none, pwm, servo };

    explicit SoftPwm(SharedPin& pin);
    SoftPwm(const SoftPwm&) = delete;
    SoftPwm& operator=(const SoftPwm&) = delete;

    [[nodiscard]] Use use() const noexcept { return use_; }

    /// Makes the pin an output and starts PWM: high for duty/range of each period.
    /// Requires: duty <= range(). Throws PinError.
    void start(unsigned duty);
    /// The duty that was set. Requires: use() is pwm.
    [[nodiscard]] unsigned duty() const noexcept { return duty_; }

    /// What counts as always on. A running duty keeps its share: new = duty * range / old range.
    void set_range(unsigned range);
    [[nodiscard]] unsigned range() const noexcept { return range_; }

    void set_frequency(unsigned hz);
    [[nodiscard]] unsigned frequency() const noexcept { return frequency_; }

    /// Makes the pin an output and starts servo pulses of `us` microseconds; 0: no pulses.
    /// Throws PinError.
    void start_servo(unsigned us);
    /// The pulse that was set, in microseconds. Requires: use() is servo.
    [[nodiscard]] unsigned servo() const noexcept { return servo_us_; }

    /// Ends it; the pin keeps the level it has just then.
    void stop() noexcept;

private:
    void run();
    void ring();
    void begin_period();
    void end_pulse();
    /// The levels go up and down by themselves.
    [[nodiscard]] bool pulsing() const noexcept;

    SharedPin& pin_;
    Use use_ = Use::none;
    unsigned duty_ = 0;
    unsigned range_ = 255;
    unsigned frequency_ = 800;
    unsigned servo_us_ = 0;
    Time period_{};
    Time high_{};  // How long the pulse of each period is.
    Time period_start_{};  // When the present period should have begun.
    bool in_pulse_ = false;
    Alarm alarm_;
};

}  // namespace boardd
