#include <asyncio/clock.hpp>

#include "core/scheduler.hpp"

namespace asyncio {

Clock::time_point Clock::now()
{
    detail::Scheduler* const scheduler = detail::context.scheduler;
    const detail::Backend& backend =
        (scheduler != nullptr ? *scheduler : get_event_loop().scheduler()).backend();
    return time_point{backend.now()};
}

}  // namespace asyncio
