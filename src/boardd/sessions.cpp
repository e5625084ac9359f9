#include "boardd/sessions.hpp"

#include "boardd/clock.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/wait_for.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace boardd {

Sessions::Member::Member(std::shared_ptr<Sessions> sessions) : sessions_{std::move(sessions)}
{
    place_ = sessions_->tasks_.insert(sessions_->tasks_.end(), asyncio::current_task());
}

Sessions::Member::~Member()
{
    sessions_->tasks_.erase(place_);
    sessions_->changed_.set();
}

asyncio::Coroutine<std::size_t> Sessions::end_all(std::int64_t limit_ms)
{
    const std::shared_ptr<Sessions> self = shared_from_this();
    for (const asyncio::AnyTask& task : tasks_) {
        task.cancel();
    }
    const Time deadline = now() + std::chrono::milliseconds{limit_ms};
    try {
        while (!tasks_.empty()) {
            changed_.clear();
            const Time left = std::max(deadline - now(), Time{0});
            co_await asyncio::wait_for(changed_.wait(), left);
        }
    } catch (const asyncio::TimeoutError&) {
        // Whoever does not end now is dropped with the loop.
    }
    co_return tasks_.size();
}

}  // namespace boardd
