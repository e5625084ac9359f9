#include <asyncio/detail/wait_queue.hpp>

namespace asyncio::detail {

WaitQueue::Waiter& WaitQueue::wake_first() noexcept
{
    assert(!empty());
    Waiter& waiter = *first_;
    remove(waiter);
    waiter.wake();
    return waiter;
}

void WaitQueue::append(Waiter& waiter) noexcept
{
    waiter.queue_ = this;
    waiter.next_ = nullptr;
    waiter.previous_ = last_;
    (last_ != nullptr ? last_->next_ : first_) = &waiter;
    last_ = &waiter;
}

void WaitQueue::remove(Waiter& waiter) noexcept
{
    (waiter.previous_ != nullptr ? waiter.previous_->next_ : first_) = waiter.next_;
    (waiter.next_ != nullptr ? waiter.next_->previous_ : last_) = waiter.previous_;
    waiter.queue_ = nullptr;
}

WaitQueue::Waiter::~Waiter()
{
    if (queue_ != nullptr) {
        queue_->remove(*this);
    }
}

void WaitQueue::Waiter::wait(WaitQueue& queue, Awaiting awaiting) noexcept
{
    suspend(awaiting);
    queue.append(*this);
}

void WaitQueue::Waiter::interrupt() noexcept
{
    queue_->remove(*this);
    wake();
}

}  // namespace asyncio::detail
