// The kernel's PWM channels.
#include "machine/names.hpp"
#include "machine/pwm_driver.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

namespace machine::detail {
namespace {

namespace fs = std::filesystem;
using std::chrono::nanoseconds;

void write_number(const fs::path& file, std::int64_t number)
{
    const std::string text = std::to_string(number) + '\n';
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    const bool written = descriptor >= 0 && ::write(descriptor, text.data(), text.size()) >= 0;
    const int error = errno;
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    if (!written) {
        asyncio::detail::throw_errno(error, "write '" + file.string() + "'");
    }
}

class SysfsPwm final : public PwmDriver {
public:
    SysfsPwm(const fs::path& chip, int channel, std::string name)
        : chip_{chip}, channel_{channel}, folder_{chip / ("pwm" + std::to_string(channel))},
          name_{std::move(name)}
    {
        write_number(chip_ / "export", channel_);
    }
    ~SysfsPwm() override
    {
        try {
            stop();
            write_number(chip_ / "unexport", channel_);
        } catch (const asyncio::OSError&) {
            // The chip is gone.
        }
    }

    void pulse(nanoseconds period, nanoseconds high) override
    {
        // The time at the high level must never be longer than the period.
        if (period < period_) {
            write_number(folder_ / "duty_cycle", 0);
        }
        write_number(folder_ / "period", period.count());
        write_number(folder_ / "duty_cycle", high.count());
        write_number(folder_ / "enable", 1);
        period_ = period;
    }
    void stop() override
    {
        if (period_ != nanoseconds{0}) {
            write_number(folder_ / "duty_cycle", 0);
            write_number(folder_ / "enable", 0);
        }
    }
    [[nodiscard]] bool software() const noexcept override { return false; }
    [[nodiscard]] std::string where() const override { return name_; }

private:
    fs::path chip_;
    int channel_;
    fs::path folder_;
    std::string name_;
    nanoseconds period_{0};  // Not set yet.
};

}  // namespace

std::unique_ptr<PwmDriver> open_sysfs_pwm(std::string_view name, const fs::path& folder)
{
    const std::size_t colon = name.find(':');
    if (!name.starts_with("pwmchip") || colon == std::string_view::npos) {
        return nullptr;
    }
    const fs::path chip = folder / name.substr(0, colon);
    const int channel = to_number(name.substr(colon + 1));
    int channels = 0;
    std::ifstream{chip / "npwm"} >> channels;
    if (channel < 0 || channel >= channels) {
        throw std::invalid_argument{"there is no PWM channel '" + std::string{name} +
                                    "': " + chip.string() + " has " + std::to_string(channels)};
    }
    return std::make_unique<SysfsPwm>(chip, channel, std::string{name});
}

}  // namespace machine::detail
