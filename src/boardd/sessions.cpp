#include "boardd/sessions.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/wait_for.hpp>

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
    try {
        while (!tasks_.empty()) {
            changed_.clear();
            co_await asyncio::wait_for_ms(changed_.wait(), limit_ms);
        }
    } catch (const asyncio::TimeoutError&) {
        // Whoever does not end now is dropped with the loop.
    }
    co_return tasks_.size();
}

}  // namespace boardd
