#include <asyncio/task.hpp>

namespace asyncio {
namespace detail {

bool Join::await_ready() noexcept
{
    if (task_->done()) {
        task_->mark_retrieved();
        return true;
    }
    return false;
}

void Join::await_suspend(Awaiting awaiting)
{
    if (task_.get() == context.running) {
        throw RuntimeError{"task '" + task_->name() + "' cannot await itself"};
    }
    suspend(awaiting);
    join(*task_);
    waited_ = true;
}

void Join::await_resume()
{
    if (waited_) {
        throw_if_cancelled();
    }
}

void Join::interrupt() noexcept
{
    leave();
    wake();
}

TaskState* Join::awaited() const noexcept { return task_.get(); }

std::string Join::describe(Time) const { return std::string{what()} + " '" + task_->name() + "'"; }

void Join::task_ended() noexcept { wake(); }

void throw_no_task() { throw RuntimeError{"the handle refers to no task"}; }

}  // namespace detail

std::exception_ptr AnyTask::exception() const
{
    detail::TaskState& task = state();
    if (!task.done()) {
        throw RuntimeError{"the exception of task '" + task.name() + "' is not known yet"};
    }
    if (task.cancelled()) {
        throw CancelledError{};
    }
    task.mark_retrieved();
    return task.exception();
}

detail::JoinOf<void> AnyTask::operator co_await() const
{
    (void)state();
    return detail::JoinOf<void>{state_};
}

}  // namespace asyncio
