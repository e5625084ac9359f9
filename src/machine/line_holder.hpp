#pragma once

#include <machine/line.hpp>

#include <filesystem>
#include <string>

namespace machine::detail {

/// Who has requested a line: "process 812 'pigpiod'"; "the kernel or another user's process" when
/// no process that we may look into has it. `processes` is /proc.
///
/// The kernel tells it since 6.1, of requests through its interface v2 only.
/// Source: the kernel's drivers/gpio/gpiolib-cdev.c, linereq_show_fdinfo.
[[nodiscard]] std::string holder_of(const LineAddress& address,
                                    const std::filesystem::path& processes = "/proc");

}  // namespace machine::detail
