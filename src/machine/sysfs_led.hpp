#pragma once

#include "machine/backend.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace machine::detail {

/// The names of the kernel's LEDs, in order; `folder` is /sys/class/leds.
[[nodiscard]] std::vector<std::string> sysfs_leds(const std::filesystem::path& folder);

/// The LED `number` (from 1) of the kernel's LED class in the order of names, through its
/// brightness file; `folder` is /sys/class/leds. Throws std::invalid_argument when there are
/// not so many, and OSError when the file cannot be written.
[[nodiscard]] std::shared_ptr<LedDriver> open_sysfs_led(const std::filesystem::path& folder,
                                                        unsigned number);

}  // namespace machine::detail
