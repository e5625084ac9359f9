#pragma once

#include "machine/gpiod.hpp"

#include <memory>
#include <string>

namespace machine::detail {

// For libgpiod 1.6, which speaks the kernel's first GPIO interface only: the second, since Linux
// 5.10, numbers edges, debounces, and changes a request in place.
// Source: the kernel's Documentation/userspace-api/gpio/chardev.rst.

/// Does the kernel have it? `chip` is an open descriptor of a chip's device file.
[[nodiscard]] bool kernel_numbers_edges(int chip) noexcept;

/// Requests an input. `where` names it in messages: "line 17 of '/dev/gpiochip0'".
/// Throws OSError. Requires: mode in, and kernel_numbers_edges(chip).
[[nodiscard]] std::unique_ptr<GpiodRequest> request_from_kernel(int chip, unsigned offset,
                                                                std::string where,
                                                                const LineConfig& config,
                                                                bool edges,
                                                                const std::string& consumer);

}  // namespace machine::detail
