#include "core/timer_queue.hpp"

#include "core/scheduler.hpp"

#include <asyncio/detail/context.hpp>

#include <cassert>

namespace asyncio::detail {

void Timer::arm(Time delay) { running_scheduler().arm(*this, delay); }

void Timer::disarm() noexcept
{
    if (store_ != nullptr) {
        store_->remove(*this);
    }
}

void TimerQueue::add(Timer& timer, Time deadline, Time now) noexcept
{
    assert(!timer.armed());
    timer.deadline_ = deadline;
    timer.order_ = armed_++;
    if (near_.size() >= many) {
        if (far_.empty() || (far_.ahead_of(now) && ++overtaken_ > far_.size() / 16)) {
            far_.begin_at(now);
            overtaken_ = 0;
        }
        if (far_.accepts(deadline)) {
            far_.add(timer);
            return;
        }
    }
    near_.insert(timer);
}

void TimerQueue::bring_near() noexcept
{
    while (!far_.empty() && (near_.empty() || far_.first_slot() <= near_.first().deadline())) {
        far_.pour();
    }
}

Time TimerQueue::first() noexcept
{
    bring_near();
    return near_.first().deadline();
}

void TimerQueue::expire(Time now) noexcept
{
    const std::uint64_t armed_before = armed_;
    for (;;) {
        bring_near();
        if (near_.empty()) {
            return;
        }
        Timer& timer = near_.first();
        if (timer.deadline_ > now || timer.order_ >= armed_before) {
            return;
        }
        near_.remove(timer);
        timer.expire();
    }
}

}  // namespace asyncio::detail
