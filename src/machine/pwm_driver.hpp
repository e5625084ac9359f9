#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace machine {

class Pin;

namespace detail {

/// What makes pulses. With the object they stop; an output that was always high may stay so.
class PwmDriver {
public:
    PwmDriver() = default;
    PwmDriver(const PwmDriver&) = delete;
    PwmDriver& operator=(const PwmDriver&) = delete;
    virtual ~PwmDriver();

    /// Pulses from now on, or with other times from the next pulse on. Throws OSError.
    /// Requires: 0 <= high <= period, and period > 0.
    virtual void pulse(std::chrono::nanoseconds period, std::chrono::nanoseconds high) = 0;
    /// The output is low. Throws OSError.
    virtual void stop() = 0;

    [[nodiscard]] virtual bool software() const noexcept = 0;
    [[nodiscard]] virtual std::string where() const = 0;
};

/// By a task of the loop. An output stays as it is, and what it is, until its first pulse.
[[nodiscard]] std::unique_ptr<PwmDriver> make_soft_pwm(Pin pin);

/// The channel "pwmchip0:1" of the kernel's PWM class; `folder` is /sys/class/pwm. Null if the
/// name is none of a channel. One that is exported already, by its administrator or by a process
/// that was killed, is taken over, stopped, and left exported. It may block for half a second, until
/// udev has given the files to their group. Throws std::invalid_argument when there is no such
/// channel, and OSError, EBUSY when another of our programs or the kernel itself has it.
/// Source: the kernel's Documentation/driver-api/pwm.rst.
[[nodiscard]] std::unique_ptr<PwmDriver> open_sysfs_pwm(
    std::string_view name, const std::filesystem::path& folder = "/sys/class/pwm");

}  // namespace detail
}  // namespace machine
