// The commands for software PWM and servo pulses.

#include "boardd/pigpio/commands.hpp"

#include <algorithm>

namespace boardd::pigpio {

namespace {

/// The frequency of the table that is nearest; of two the higher.
const PwmFrequency& nearest_frequency(std::uint32_t hz)
{
    const auto distance = [hz](const PwmFrequency& one) {
        return one.hz > hz ? one.hz - hz : hz - one.hz;
    };
    return *std::min_element(
        pwm_frequencies.begin(), pwm_frequencies.end(),
        [&](const PwmFrequency& a, const PwmFrequency& b) { return distance(a) < distance(b); });
}

}  // namespace

Result Commands::pwm(const Request& request, Client&)
{
    SoftPwm& pwm = pin(request).pwm();
    if (request.p2 > pwm.range()) {
        return Code::BAD_DUTYCYCLE;
    }
    pwm.start(request.p2);
    return 0;
}

Result Commands::prs(const Request& request, Client& client)
{
    if (request.p2 < min_range || request.p2 > max_range) {
        return Code::BAD_DUTYRANGE;
    }
    pin(request).pwm().set_range(request.p2);
    return prrg(request, client);
}

Result Commands::pfs(const Request& request, Client&)
{
    SoftPwm& pwm = pin(request).pwm();
    pwm.set_frequency(nearest_frequency(request.p2).hz);
    return pwm.frequency();
}

Result Commands::servo(const Request& request, Client&)
{
    if (request.p2 != 0 && (request.p2 < min_servo_us || request.p2 > max_servo_us)) {
        return Code::BAD_PULSEWIDTH;
    }
    pin(request).pwm().start_servo(request.p2);
    return 0;
}

Result Commands::prg(const Request& request, Client&) { return pin(request).pwm().range(); }

Result Commands::pfg(const Request& request, Client&) { return pin(request).pwm().frequency(); }

Result Commands::prrg(const Request& request, Client&)
{
    return nearest_frequency(pin(request).pwm().frequency()).real_range;
}

Result Commands::gdc(const Request& request, Client&)
{
    const SoftPwm& pwm = pin(request).pwm();
    if (pwm.use() != SoftPwm::Use::pwm) {
        return Code::NOT_PWM_GPIO;
    }
    return pwm.duty();
}

Result Commands::gpw(const Request& request, Client&)
{
    const SoftPwm& pwm = pin(request).pwm();
    if (pwm.use() != SoftPwm::Use::servo) {
        return Code::NOT_SERVO_GPIO;
    }
    return pwm.servo();
}

Result Commands::hp(const Request& request, Client&)
{
    constexpr std::uint32_t max_duty = 1'000'000;
    const std::optional<std::uint32_t> duty = request.extension_word();
    if (!duty || *duty > max_duty) {
        return Code::BAD_HPWM_DUTY;
    }
    return Code::NOT_HPWM_GPIO;
}

}  // namespace boardd::pigpio
