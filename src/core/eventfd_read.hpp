#pragma once

#include "core/operation.hpp"

#include <cerrno>
#include <cstdint>

namespace asyncio::detail {

/// The errno with which the read of an eventfd has failed so that the next one would too, at once;
/// 0: it has not. It has when somebody else has closed the descriptor, also when its number is
/// another file's now. Who reads again and again stops then, and says so.
[[nodiscard]] inline int read_failure(const Completion& completion) noexcept
{
    constexpr int whole = sizeof(std::uint64_t);
    switch (-completion.result) {
        case -whole:
        case ECANCELED:
        case EINTR:
        case ENOMEM: return 0;
        default: return completion.result < 0 ? -completion.result : EBADF;
    }
}

}  // namespace asyncio::detail
