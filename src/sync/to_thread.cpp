#include <asyncio/to_thread.hpp>

#include "core/inbox.hpp"
#include "core/scheduler.hpp"
#include "core/thread_pool.hpp"

namespace asyncio::detail {

void ThreadCall::start(const std::shared_ptr<ThreadCall>& call)
{
    call->inbox_ = running_scheduler().inbox();
    // Moved on, so that the thread keeps no share: the call ends on the loop's thread.
    run_on_thread([share = std::shared_ptr{call}]() mutable { run(std::move(share)); });
    ++call->inbox_->expected;
}

void ThreadCall::run(std::shared_ptr<ThreadCall> call) noexcept
{
    ThreadCall& self = *call;
    if (self.wanted_.load(std::memory_order_relaxed)) {
        self.perform();
    }
    const std::shared_ptr<Inbox> inbox = self.inbox_;
    self.self_ = std::move(call);  // From here on it is the loop's.
    if (!inbox->post(self)) {
        self.discard();
    }
}

void ThreadCall::deliver() noexcept
{
    const std::shared_ptr<ThreadCall> kept = std::move(self_);
    --inbox_->expected;
    done_ = true;
    if (waiter_ != nullptr) {
        std::exchange(waiter_, nullptr)->wake();
    }
}

void ThreadCall::discard() noexcept
{
    const std::shared_ptr<ThreadCall> dropped = std::move(self_);
}

ThreadCall::Wait::~Wait()
{
    call_.waiter_ = nullptr;
    call_.wanted_.store(false, std::memory_order_relaxed);
}

void ThreadCall::Wait::await_suspend(Awaiting awaiting) noexcept
{
    suspend(awaiting);
    call_.waiter_ = this;
}

void ThreadCall::Wait::await_resume() { throw_if_cancelled(); }

void ThreadCall::Wait::interrupt() noexcept
{
    call_.waiter_ = nullptr;
    wake();
}

}  // namespace asyncio::detail
