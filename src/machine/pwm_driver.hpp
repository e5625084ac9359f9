#pragma once

#include "machine/backend.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace machine {

class Pin;

namespace detail {

/// By a task of the loop. An output stays as it is, and what it is, until its first pulse.
[[nodiscard]] std::unique_ptr<PwmDriver> make_soft_pwm(Pin pin);

/// Is it the name of a channel of PWM hardware, whether there is one or not: "pwmchip0:1"?
[[nodiscard]] bool is_pwm_channel_name(std::string_view name) noexcept;

/// The channel "pwmchip0:1" of the kernel's PWM class; `folder` is /sys/class/pwm. Null if
/// the name is none of a channel. One that is exported already, by its administrator or by a
/// process that was killed, is taken over, stopped, and left exported; its polarity becomes normal.
/// It may block for a second, until udev has given the files to their group, and for a tenth, until
/// another program has given the channel back. Throws std::invalid_argument when there
/// is no such channel, and OSError, EBUSY when another of our programs or the kernel itself has it.
/// Source: the kernel's Documentation/driver-api/pwm.rst.
[[nodiscard]] std::unique_ptr<PwmDriver> open_sysfs_pwm(std::string_view name,
                                                        const std::filesystem::path& folder);

}  // namespace detail
}  // namespace machine
