#pragma once

#include "core/kernel_version.hpp"

#include <cstdint>
#include <span>

namespace asyncio::detail {

/// A fault that io_uring has in some kernels, and what we do without because of it.
struct UringFault {
    enum class Where : std::uint8_t { everywhere, arm32 };
    enum class Avoid : std::uint8_t { deferred_task_run, io_uring };

    /// For `fixed`, when no kernel is free of it.
    static constexpr KernelVersion not_yet{1'000'000, 0, 0};

    KernelVersion first;  ///< The first kernel that has it.
    KernelVersion fixed;  ///< The first kernel that has it no more.
    Where where;
    Avoid avoid;
    const char* what;
    const char* source;
};

/// The known ones. What a kernel refuses is not listed: that is found out by asking it.
[[nodiscard]] std::span<const UringFault> uring_faults() noexcept;

}  // namespace asyncio::detail
