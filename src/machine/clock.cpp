#include "machine/clock.hpp"

#include "core/scheduler.hpp"

#include <asyncio/detail/context.hpp>

namespace machine::detail {

std::chrono::nanoseconds now() noexcept
{
    if (asyncio::detail::Scheduler* loop = asyncio::detail::context.scheduler; loop != nullptr) {
        return loop->backend().now();
    }
    return std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace machine::detail
