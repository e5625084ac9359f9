#include <machine/pwm.hpp>

#include "machine/pwm_driver.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

namespace machine {

using std::chrono::nanoseconds;

namespace detail {

PwmDriver::~PwmDriver() = default;

}  // namespace detail

/// What all handles of a PWM share.
class PWM::State {
public:
    explicit State(std::unique_ptr<detail::PwmDriver> with) : driver{std::move(with)} {}

    [[nodiscard]] nanoseconds period() const
    {
        return freq == 0 ? nanoseconds{0} : nanoseconds{1'000'000'000 / freq};
    }
    [[nodiscard]] nanoseconds high() const
    {
        return time ? std::min(*time, period()) : period() * share.value_or(0) / 65535;
    }
    void apply()
    {
        if (freq != 0 && (share || time)) {
            driver->pulse(period(), high());
        }
    }

    std::unique_ptr<detail::PwmDriver> driver;
    unsigned freq = 0;
    std::optional<unsigned> share;    // Of 65535; or
    std::optional<nanoseconds> time;  // what was set last.
};

PWM::PWM(Pin dest, unsigned freq)
    : state_{std::make_shared<State>(detail::make_soft_pwm(std::move(dest)))}
{
    if (freq != 0) {
        this->freq(freq);
    }
}

PWM::PWM(std::string_view dest, unsigned freq)
{
    auto channel = detail::open_sysfs_pwm(dest);
    if (!channel) {
        *this = PWM{Pin{dest}, freq};
        return;
    }
    state_ = std::make_shared<State>(std::move(channel));
    if (freq != 0) {
        this->freq(freq);
    }
}

unsigned PWM::freq() const noexcept { return state_->freq; }

void PWM::freq(unsigned hz)
{
    const unsigned most = software() ? max_software_freq : 1'000'000'000;
    if (hz == 0 || hz > most) {
        throw std::invalid_argument{"cannot pulse with " + std::to_string(hz) +
                                    " Hz: expected 1 to " + std::to_string(most)};
    }
    state_->freq = hz;
    state_->apply();
}

unsigned PWM::duty_u16() const noexcept
{
    if (!state_->time || state_->freq == 0) {
        return state_->share.value_or(0);
    }
    return static_cast<unsigned>(state_->high() * 65535 / state_->period());
}

void PWM::duty_u16(unsigned share)
{
    if (share > 65535) {
        throw std::invalid_argument{"cannot pulse with a duty of " + std::to_string(share) +
                                    ": expected 0 to 65535"};
    }
    state_->share = share;
    state_->time.reset();
    state_->apply();
}

std::int64_t PWM::duty_ns() const noexcept { return state_->high().count(); }

void PWM::duty_ns(std::int64_t ns)
{
    if (ns < 0) {
        throw std::invalid_argument{"cannot pulse for " + std::to_string(ns) + " ns"};
    }
    state_->time = nanoseconds{ns};
    state_->share.reset();
    state_->apply();
}

void PWM::deinit()
{
    state_->share.reset();
    state_->time.reset();
    state_->driver->stop();
}

bool PWM::software() const noexcept { return state_->driver->software(); }

std::string PWM::description() const
{
    return (software() ? "software PWM on " : "hardware PWM on ") + state_->driver->where();
}

}  // namespace machine
