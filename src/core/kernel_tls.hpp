#pragma once

#include "core/network.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace asyncio::detail {

// The kernel's TLS (Documentation/networking/tls.rst): what Network says of it. Below 0: -errno.

[[nodiscard]] int send_record(int descriptor, std::span<const std::byte> data,
                              std::uint8_t record_type) noexcept;
[[nodiscard]] int start_kernel_tls(int descriptor, std::span<const std::byte> keys) noexcept;
[[nodiscard]] int ask_kernel_tls(int descriptor, Encrypted& so_far) noexcept;

}  // namespace asyncio::detail
