#include "boardd/clock.hpp"

#include "core/scheduler.hpp"

#include <asyncio/loop.hpp>

namespace boardd {

Time now() { return asyncio::get_event_loop().scheduler().backend().now(); }

}  // namespace boardd
