#include <asyncio/wait_for.hpp>

#include "core/describe.hpp"

#include <asyncio/errors.hpp>

namespace asyncio::detail {

void TimedJoin::await_suspend(Awaiting awaiting)
{
    if (task_.get() == context.running) {
        throw RuntimeError{"task '" + task_->name() + "' cannot wait for itself"};
    }
    waited_ = true;
    suspend(awaiting);
    join(*task_);
    arm(limit_);
}

void TimedJoin::expire() noexcept
{
    if (!grace_given_) {
        // What became ready in the same wake-up as the deadline runs first, so that a result
        // that is there is not thrown away.
        grace_given_ = true;
        arm(Time::zero());
        return;
    }
    timed_out_ = true;
    task_->cancel();  // task_ended() follows when it has really ended.
}

void TimedJoin::task_ended() noexcept
{
    disarm();
    wake();
}

void TimedJoin::interrupt() noexcept
{
    disarm();
    leave();
    wake();
}

std::string TimedJoin::describe(Time now) const
{
    return "wait_for task '" + task_->name() + "', " +
           (timed_out_ ? "which was cancelled" : time_left(deadline(), now));
}

void TimedJoin::await_resume()
{
    if (waited_ && take_cancel()) {
        if (!timed_out_) {
            task_->cancel();
        }
        throw CancelledError{};
    }
    if (!timed_out_) {
        return;
    }
    const std::exception_ptr exception = task_->exception();
    if (exception && !task_->cancelled()) {
        std::rethrow_exception(exception);
    }
    throw TimeoutError{};
}

}  // namespace asyncio::detail
