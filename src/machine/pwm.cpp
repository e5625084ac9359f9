#include <machine/pwm.hpp>

#include "machine/pwm_driver.hpp"

#include <machine/board.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace machine {

using std::chrono::nanoseconds;

namespace detail {

bool is_pwm_channel_name(std::string_view name) noexcept
{
    return name.starts_with("pwmchip") && name.find(':') != std::string_view::npos;
}

}  // namespace detail

/// What all handles of a PWM share.
class PWM::State {
public:
    /// What was set.
    class Settings {
    public:
        Settings() = default;

        [[nodiscard]] nanoseconds period() const
        {
            return freq == 0 ? nanoseconds{0} : nanoseconds{1'000'000'000 / freq};
        }
        [[nodiscard]] nanoseconds high() const
        {
            return time ? std::min(*time, period()) : period() * share.value_or(0) / 65535;
        }
        [[nodiscard]] bool complete() const { return freq != 0 && (share || time); }

        unsigned freq = 0;
        std::optional<unsigned> share;    // Of 65535; or
        std::optional<nanoseconds> time;  // what was set last.
    };

    explicit State(std::unique_ptr<detail::PwmDriver> with) : driver{std::move(with)} {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State()
    {
        try {
            driver->stop();
        } catch (const std::exception&) {
            // The chip or the line is gone, and the output with it.
        }
    }

    /// What the driver refuses is not kept.
    void set(const Settings& wanted)
    {
        if (wanted.complete()) {
            driver->pulse(wanted.period(), wanted.high());
        }
        settings = wanted;
    }

    const std::unique_ptr<detail::PwmDriver> driver;
    Settings settings;
};

namespace {

constexpr unsigned max_hardware_freq = 1'000'000'000;

void check_freq(unsigned hz, unsigned most)
{
    if (hz == 0 || hz > most) {
        throw std::invalid_argument{"cannot pulse with " + std::to_string(hz) +
                                    " Hz: expected 1 to " + std::to_string(most)};
    }
}

/// Before anything is opened, for that would change an output and its end stop it; 0: not set.
void check_first_freq(unsigned hz, unsigned most)
{
    if (hz != 0) {
        check_freq(hz, most);
    }
}

}  // namespace

PWM::PWM(Pin dest, unsigned freq)
{
    check_first_freq(freq, max_software_freq);
    start(detail::make_soft_pwm(std::move(dest)), freq);
}

PWM::PWM(const LineAddress& dest, unsigned freq)
{
    check_first_freq(freq, max_hardware_freq);
    board().implementation()->check(dest);
    auto channel = board().implementation()->open_pwm(dest);
    if (!channel) {
        check_first_freq(freq, max_software_freq);
        channel = detail::make_soft_pwm(Pin{dest});
    }
    start(std::move(channel), freq);
}

PWM::PWM(int dest, unsigned freq) : PWM{board().find(dest), freq} {}

PWM::PWM(std::string_view dest, unsigned freq)
{
    check_first_freq(freq, max_hardware_freq);
    auto channel = board().implementation()->open_pwm(dest);
    if (!channel) {
        *this = PWM{board().find(dest), freq};
        return;
    }
    start(std::move(channel), freq);
}

void PWM::start(std::unique_ptr<detail::PwmDriver> driver, unsigned freq)
{
    state_ = std::make_shared<State>(std::move(driver));
    if (freq != 0) {
        this->freq(freq);
    }
}

unsigned PWM::freq() const noexcept { return state_->settings.freq; }

void PWM::freq(unsigned hz)
{
    check_freq(hz, software() ? max_software_freq : max_hardware_freq);
    State::Settings wanted = state_->settings;
    wanted.freq = hz;
    state_->set(wanted);
}

unsigned PWM::duty_u16() const noexcept
{
    const State::Settings& is = state_->settings;
    if (!is.time || is.freq == 0) {
        return is.share.value_or(0);
    }
    return static_cast<unsigned>(is.high() * 65535 / is.period());
}

void PWM::duty_u16(unsigned share)
{
    if (share > 65535) {
        throw std::invalid_argument{"cannot pulse with a duty of " + std::to_string(share) +
                                    ": expected 0 to 65535"};
    }
    State::Settings wanted = state_->settings;
    wanted.share = share;
    wanted.time.reset();
    state_->set(wanted);
}

std::int64_t PWM::duty_ns() const noexcept
{
    const State::Settings& is = state_->settings;
    return is.freq == 0 ? is.time.value_or(nanoseconds{0}).count() : is.high().count();
}

void PWM::duty_ns(std::int64_t ns)
{
    if (ns < 0) {
        throw std::invalid_argument{"cannot pulse for " + std::to_string(ns) + " ns"};
    }
    State::Settings wanted = state_->settings;
    wanted.time = nanoseconds{ns};
    wanted.share.reset();
    state_->set(wanted);
}

void PWM::deinit()
{
    state_->settings.share.reset();
    state_->settings.time.reset();
    state_->driver->stop();
}

bool PWM::software() const noexcept { return state_->driver->software(); }

std::string PWM::description() const
{
    return (software() ? "software PWM on " : "hardware PWM on ") + state_->driver->where();
}

}  // namespace machine
