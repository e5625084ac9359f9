// The PWM hardware of the simulated board.
#include "machine/names.hpp"
#include "machine/pwm_driver.hpp"
#include "machine/simulated_backend.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <utility>

namespace machine::detail {
namespace {

constexpr std::string_view pwm_chip = "pwmchip0:";

/// Throws std::invalid_argument unless there is such a channel.
unsigned checked_channel(int channel, std::string_view name)
{
    if (channel < 0 || static_cast<unsigned>(channel) >= SimulatedBoard::pwm_count) {
        throw std::invalid_argument{
            "there is no PWM channel '" + std::string{name} +
            "' on the simulated board; it has 'pwmchip0:0' and 'pwmchip0:1'"};
    }
    return static_cast<unsigned>(channel);
}

}  // namespace

/// A channel in use.
class SimulatedBackend::Pwm final : public PwmDriver {
public:
    Pwm(std::shared_ptr<SimulatedBackend> board, unsigned channel)
        : board_{std::move(board)}, channel_{channel}
    {
        board_->pwm_used_[channel_] = true;
    }
    ~Pwm() override
    {
        Pwm::stop();
        board_->pwm_used_[channel_] = false;
    }

    void pulse(std::chrono::nanoseconds period, std::chrono::nanoseconds high) override
    {
        board_->pwm_[channel_].period = period;
        board_->pwm_[channel_].high = high;
    }
    void stop() override { board_->pwm_[channel_] = PwmPulses{}; }
    [[nodiscard]] bool software() const noexcept override { return false; }
    [[nodiscard]] std::string where() const override
    {
        return std::string{pwm_chip} + std::to_string(channel_);
    }

private:
    std::shared_ptr<SimulatedBackend> board_;
    unsigned channel_;
};

std::unique_ptr<PwmDriver> SimulatedBackend::open_pwm(std::string_view name)
{
    if (!is_pwm_channel_name(name)) {
        return nullptr;
    }
    const bool known = name.starts_with(pwm_chip);
    const int number = known ? to_number(name.substr(pwm_chip.size())) : -1;
    const unsigned channel = checked_channel(number, name);
    if (pwm_used_[channel]) {
        asyncio::detail::throw_errno(EBUSY, "use the PWM channel '" + std::string{name} + "'");
    }
    return std::make_unique<Pwm>(std::static_pointer_cast<SimulatedBackend>(shared_from_this()),
                                 channel);
}

std::unique_ptr<PwmDriver> SimulatedBackend::open_pwm(const LineAddress&) { return nullptr; }

PwmPulses SimulatedBackend::pwm(unsigned channel) const
{
    const int number = channel < pwm_count ? static_cast<int>(channel) : -1;
    return pwm_[checked_channel(number, "pwmchip0:" + std::to_string(channel))];
}

}  // namespace machine::detail
