#pragma once

#include <asyncio/detail/timer.hpp>

#include <optional>
#include <span>
#include <sys/epoll.h>

namespace asyncio::detail {

/// epoll_wait(2) with a timeout in nanoseconds, never early: epoll_pwait2(2) where the kernel has
/// it (Linux 5.11) and no seccomp profile refuses it, else ppoll(2) on the epoll descriptor.
class EpollTimer {
public:
    /// As epoll_wait(2), with errno. No timeout: as long as it takes.
    [[nodiscard]] int wait(int epoll, std::span<epoll_event> events, std::optional<Time> timeout);

    /// For tests: as if the kernel had no epoll_pwait2().
    void use_ppoll() noexcept { has_pwait2_ = false; }

private:
    bool has_pwait2_ = true;
};

}  // namespace asyncio::detail
