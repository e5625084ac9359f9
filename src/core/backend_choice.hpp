#pragma once

#include "core/kernel_version.hpp"
#include "core/uring_setup.hpp"

#include <string>
#include <string_view>

namespace asyncio::detail {

/// What the choice of a backend depends on, besides what the kernel answers when it is asked.
struct Machine {
    KernelVersion kernel;
    bool arm32 = false;
};

[[nodiscard]] Machine this_machine();

/// Which backend to make, before the kernel is asked.
struct BackendChoice {
    bool uring = true;          ///< io_uring if the kernel lets us; else epoll.
    bool may_fall_back = true;  ///< To epoll, when the kernel refuses io_uring.
    UringSetup best = UringSetup::deferred;
    std::string reason;  ///< For epoll, or for less than the best set-up; "" when there is none.
};

/// The environment variable that overrides the choice: auto (as without it), uring or epoll.
inline constexpr const char* backend_variable = "ASYNCIO_BACKEND";

/// Its value, "auto" if it is not set.
[[nodiscard]] std::string wanted_backend();

/// Throws RuntimeError for a `wanted` that is none of auto, uring, epoll.
[[nodiscard]] BackendChoice choose_backend(std::string_view wanted, const Machine& machine);

}  // namespace asyncio::detail
