#pragma once

#include "core/operation.hpp"

#include <cerrno>

namespace asyncio::detail {

/// Has the read of an eventfd failed so that the next one would too, at once? It has when somebody
/// else has closed the descriptor. Who reads again and again stops then, and says so.
[[nodiscard]] inline bool read_failed(const Completion& completion) noexcept
{
    switch (-completion.result) {
        case ECANCELED:
        case EINTR:
        case EAGAIN:
        case ENOMEM: return false;
        default: return completion.result < 0;
    }
}

}  // namespace asyncio::detail
