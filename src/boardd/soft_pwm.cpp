#include "boardd/soft_pwm.hpp"

#include "boardd/log.hpp"
#include "boardd/shared_pin.hpp"

namespace boardd {

namespace {

constexpr Time servo_period = std::chrono::milliseconds{20};

}  // namespace

SoftPwm::SoftPwm(SharedPin& pin) : pin_{pin}, alarm_{[this] { ring(); }} {}

void SoftPwm::start(unsigned duty)
{
    pin_.claim();
    duty_ = duty;
    use_ = Use::pwm;
    run();
}

void SoftPwm::set_range(unsigned range)
{
    duty_ = static_cast<unsigned>(std::uint64_t{duty_} * range / range_);
    range_ = range;
    if (use_ == Use::pwm) {
        run();
    }
}

void SoftPwm::set_frequency(unsigned hz)
{
    frequency_ = hz;
    if (use_ == Use::pwm) {
        run();
    }
}

void SoftPwm::start_servo(unsigned us)
{
    pin_.claim();
    servo_us_ = us;
    use_ = Use::servo;
    run();
}

void SoftPwm::stop() noexcept
{
    use_ = Use::none;
    alarm_.cancel();
    in_pulse_ = false;
}

bool SoftPwm::pulsing() const noexcept { return high_ > Time{0} && high_ < period_; }

void SoftPwm::run()
{
    if (use_ == Use::servo) {
        period_ = servo_period;
        high_ = std::chrono::microseconds{servo_us_};
    } else {
        period_ = Time{std::chrono::seconds{1}} / frequency_;
        high_ = period_ * duty_ / range_;
    }
    if (!pulsing()) {
        alarm_.cancel();
        in_pulse_ = false;
        pin_.drive(high_ > Time{0}, true);
    } else if (!alarm_.is_set()) {  // Else the present period ends as it began.
        period_start_ = now();
        begin_period();
    }
}

void SoftPwm::ring()
{
    try {
        if (in_pulse_) {
            end_pulse();
        } else {
            begin_period();
        }
    } catch (const std::exception& error) {
        log::error("PWM on '" + pin_.name() + "' ends: " + error.what());
        stop();
    }
}

void SoftPwm::begin_period()
{
    pin_.drive(true, true);
    in_pulse_ = true;
    alarm_.set(now() + high_);
}

void SoftPwm::end_pulse()
{
    pin_.drive(false, true);
    in_pulse_ = false;
    const Time late = now() - period_start_ - period_;
    period_start_ += period_ * (1 + (late > Time{0} ? late / period_ : 0));
    alarm_.set(period_start_);
}

}  // namespace boardd
