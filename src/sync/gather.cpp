#include <asyncio/gather.hpp>

#include <string>

namespace asyncio::detail {

void GatherChild::task_ended() noexcept { gather_->child_ended(*task_); }

bool Gather::fails(const TaskState& task) const noexcept
{
    return !exceptions_returned_ && task.failed();
}

bool Gather::await_ready() noexcept
{
    for (const GatherChild& child : children_) {
        if (!child.task_->done()) {
            ++pending_;
        } else if (exceptions_returned_) {
            child.task_->mark_retrieved();  // Its report may be due before the others end.
        } else if (fails(*child.task_) && !failed_) {
            failed_ = child.task_;
        }
    }
    return pending_ == 0 || failed_;
}

void Gather::await_suspend(Awaiting awaiting)
{
    const TaskState* const running = context.running;
    for (const GatherChild& child : children_) {
        if (child.task_.get() == running) {
            throw RuntimeError{"task '" + child.task_->name() + "' cannot gather itself"};
        }
    }
    waited_ = true;
    suspend(awaiting);
    for (GatherChild& child : children_) {
        if (!child.task_->done()) {
            child.gather_ = this;
            child.join(*child.task_);
        }
    }
}

void Gather::child_ended(TaskState& task) noexcept
{
    --pending_;
    if (fails(task)) {
        failed_ = Ref<TaskState>{&task};
        stop_waiting();
    } else if (pending_ == 0) {
        stop_waiting();
    }
}

void Gather::stop_waiting() noexcept
{
    // What the others end with from now on is no longer our business: a failure is reported.
    for (GatherChild& child : children_) {
        child.leave();
    }
    wake();
}

void Gather::interrupt() noexcept { stop_waiting(); }

std::string Gather::describe(Time) const
{
    return "gather, " + std::to_string(pending_) + " of " + std::to_string(children_.size()) +
           " left";
}

void Gather::await_resume()
{
    if (waited_ && take_cancel()) {
        for (GatherChild& child : children_) {
            child.task_->cancel();
        }
        throw CancelledError{};
    }
    if (failed_) {
        failed_->mark_retrieved();
        std::rethrow_exception(failed_->exception());
    }
}

}  // namespace asyncio::detail
