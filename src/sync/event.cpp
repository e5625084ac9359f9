#include <asyncio/event.hpp>

namespace asyncio {

void Event::set() noexcept
{
    // Wake, then set, in MicroPython's order; a woken task runs later and sees the flag up.
    while (!waiting_.empty()) {
        waiting_.wake_first();
    }
    set_ = true;
}

}  // namespace asyncio
