#pragma once

namespace machine::detail {

/// Sets the only line of a request of the kernel's second GPIO interface, whose descriptor is
/// given. It is the system call alone: libgpiod's way there costs a tenth of it.
/// False, with errno set, when the kernel refuses.
[[nodiscard]] bool set_kernel_value(int descriptor, bool value) noexcept;

}  // namespace machine::detail
