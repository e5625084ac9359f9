#include <asyncio/queue.hpp>

#include <asyncio/errors.hpp>

namespace asyncio::detail {

void QueueBase::task_done()
{
    if (unfinished_ == 0) {
        throw RuntimeError{"task_done() called too many times"};
    }
    if (--unfinished_ == 0) {
        finished_.set();
    }
}

void QueueBase::item_added() noexcept
{
    ++size_;
    ++unfinished_;
    finished_.clear();
    offer();
}

void QueueBase::item_removed() noexcept
{
    --size_;
    offer();
}

void QueueBase::offer() noexcept
{
    while (!empty() && !getters_.waiting.empty()) {
        promise_to_first(getters_);
    }
    while (!full() && !putters_.waiting.empty()) {
        promise_to_first(putters_);
    }
}

void QueueBase::promise_to_first(Side& side) noexcept
{
    static_cast<Turn&>(side.waiting.wake_first()).promised_ = true;
    ++side.promised;
}

QueueBase::Turn::~Turn()
{
    if (promised_) {
        end_promise();  // The frame was dropped before its turn came.
        queue_.offer();
    }
}

void QueueBase::Turn::await_suspend(Awaiting awaiting) noexcept
{
    waited_ = true;
    wait(side_.waiting, awaiting);
}

void QueueBase::Turn::end_promise() noexcept
{
    promised_ = false;
    --side_.promised;
}

void QueueBase::Turn::begin()
{
    if (promised_) {
        end_promise();
    }
    if (waited_ && take_cancel()) {
        queue_.offer();
        throw CancelledError{};
    }
}

}  // namespace asyncio::detail
