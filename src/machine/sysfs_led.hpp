#pragma once

#include "machine/backend.hpp"

#include <filesystem>
#include <memory>

namespace machine::detail {

/// The LED `number` (from 1) of the kernel's LED class in the order of names, through its
/// brightness file; `folder` is /sys/class/leds. Throws std::invalid_argument when there are
/// not so many, and OSError when the file cannot be written.
[[nodiscard]] std::shared_ptr<LedDriver> open_sysfs_led(const std::filesystem::path& folder,
                                                        unsigned number);

}  // namespace machine::detail
