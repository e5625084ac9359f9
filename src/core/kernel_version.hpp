#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace asyncio::detail {

/// The version of a Linux kernel.
struct KernelVersion {
    int major_number = 0;
    int minor_number = 0;
    int patch = 0;

    auto operator<=>(const KernelVersion&) const = default;

    [[nodiscard]] std::string to_string() const;
};

/// Of uname(2)'s release: "6.1.0-27-amd64" is 6.1.0. What is no number counts as 0.
[[nodiscard]] KernelVersion parse_kernel_version(std::string_view release) noexcept;

/// The release of the running kernel.
[[nodiscard]] std::string kernel_release();

}  // namespace asyncio::detail
