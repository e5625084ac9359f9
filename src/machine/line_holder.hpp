#pragma once

#include <machine/line.hpp>

#include <filesystem>
#include <string>

namespace machine::detail {

/// Who has requested a line that this process has not: "process 812 'pigpiod'". `processes` is
/// /proc.
///
/// The kernel tells it since 6.1, of requests through its second interface. Of those through the
/// first, which libgpiod 1.6 makes, it only tells that a process has some: "process 812 'pigpiod'
/// or the kernel". Without any such process it is "the kernel", or, where we may not see or look
/// into all of them (of other users, or outside of a container), "the kernel or a hidden process".
/// Source: the kernel's drivers/gpio/gpiolib-cdev.c, linereq_show_fdinfo.
[[nodiscard]] std::string holder_of(const LineAddress& address,
                                    const std::filesystem::path& processes = "/proc");

}  // namespace machine::detail
