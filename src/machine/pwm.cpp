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

/// What is set to begin with. It is checked before anything is opened, for that would change an
/// output, and its end stop it.
class PWM::First {
public:
    First(unsigned hz, std::optional<unsigned> share, std::optional<std::int64_t> ns)
        : freq{hz == 0 ? std::nullopt : std::optional{hz}}, duty_u16{share}, duty_ns{ns}
    {
    }

    std::optional<unsigned> freq;
    std::optional<unsigned> duty_u16;
    std::optional<std::int64_t> duty_ns;

    void check(unsigned max_freq) const
    {
        if (freq && (*freq == 0 || *freq > max_freq)) {
            throw std::invalid_argument{"cannot pulse with " + std::to_string(*freq) +
                                        " Hz: expected 1 to " + std::to_string(max_freq)};
        }
        if (duty_u16 && *duty_u16 > 65535) {
            throw std::invalid_argument{"cannot pulse with a duty of " + std::to_string(*duty_u16) +
                                        ": expected 0 to 65535"};
        }
        if (duty_ns && *duty_ns < 0) {
            throw std::invalid_argument{"cannot pulse for " + std::to_string(*duty_ns) + " ns"};
        }
        if (duty_u16 && duty_ns) {
            throw std::invalid_argument{"cannot pulse with two duties: expected one"};
        }
    }
};

namespace {

constexpr unsigned max_hardware_freq = 1'000'000'000;

}  // namespace

PWM::PWM(Pin dest, unsigned freq, std::optional<unsigned> duty_u16,
         std::optional<std::int64_t> duty_ns)
{
    const First first{freq, duty_u16, duty_ns};
    first.check(max_software_freq);
    start(detail::make_soft_pwm(std::move(dest)), first);
}

PWM::PWM(const LineAddress& dest, const First& first)
{
    first.check(max_hardware_freq);
    board().implementation()->check(dest);
    auto channel = board().implementation()->open_pwm(dest);
    if (!channel) {
        first.check(max_software_freq);
        channel = detail::make_soft_pwm(Pin{dest});
    }
    start(std::move(channel), first);
}

PWM::PWM(const LineAddress& dest, unsigned freq, std::optional<unsigned> duty_u16,
         std::optional<std::int64_t> duty_ns)
    : PWM{dest, First{freq, duty_u16, duty_ns}}
{
}

PWM::PWM(int dest, unsigned freq, std::optional<unsigned> duty_u16,
         std::optional<std::int64_t> duty_ns)
    : PWM{board().find(dest), First{freq, duty_u16, duty_ns}}
{
}

PWM::PWM(std::string_view dest, unsigned freq, std::optional<unsigned> duty_u16,
         std::optional<std::int64_t> duty_ns)
{
    const First first{freq, duty_u16, duty_ns};
    first.check(max_hardware_freq);
    auto channel = board().implementation()->open_pwm(dest);
    if (!channel) {
        *this = PWM{board().find(dest), first};
        return;
    }
    start(std::move(channel), first);
}

void PWM::start(std::unique_ptr<detail::PwmDriver> driver, const First& first)
{
    state_ = std::make_shared<State>(std::move(driver));
    init(first.freq, first.duty_u16, first.duty_ns);
}

void PWM::init(std::optional<unsigned> freq, std::optional<unsigned> duty_u16,
               std::optional<std::int64_t> duty_ns)
{
    First given{0, duty_u16, duty_ns};
    given.freq = freq;
    given.check(software() ? max_software_freq : max_hardware_freq);
    State::Settings wanted = state_->settings;
    wanted.freq = freq.value_or(wanted.freq);
    if (duty_u16 || duty_ns) {
        wanted.share = duty_u16;
        wanted.time = duty_ns ? std::optional{nanoseconds{*duty_ns}} : std::nullopt;
    }
    state_->set(wanted);
}

unsigned PWM::freq() const noexcept { return state_->settings.freq; }

void PWM::freq(unsigned hz) { init(hz); }

unsigned PWM::duty_u16() const noexcept
{
    const State::Settings& is = state_->settings;
    if (!is.time || is.freq == 0) {
        return is.share.value_or(0);
    }
    return static_cast<unsigned>(is.high() * 65535 / is.period());
}

void PWM::duty_u16(unsigned share) { init({}, share); }

std::int64_t PWM::duty_ns() const noexcept
{
    const State::Settings& is = state_->settings;
    return is.freq == 0 ? is.time.value_or(nanoseconds{0}).count() : is.high().count();
}

void PWM::duty_ns(std::int64_t ns) { init({}, {}, ns); }

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
