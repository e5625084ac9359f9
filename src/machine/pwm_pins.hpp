#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace machine::detail {

/// The kernel's PWM channel that drives a line of a chip, "pwmchip0:1", if it is known that it
/// does; else empty. `sys` is /sys.
///
/// Known it is when the device tree connects the line's pin to the PWM hardware, as Raspberry Pi's
/// overlays pwm and pwm-2chan do. (What a program has set since then only root can read.)
[[nodiscard]] std::string pwm_channel_of(std::string_view chip_label, unsigned offset,
                                         const std::filesystem::path& sys = "/sys");

}  // namespace machine::detail
