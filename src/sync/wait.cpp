#include <asyncio/wait.hpp>

#include <algorithm>
#include <stdexcept>

namespace asyncio::detail {

void WaitChild::task_ended() noexcept { wait_->child_ended(task_); }

bool Wait::satisfied_by(const TaskState& task) const noexcept
{
    switch (when_) {
        case FIRST_COMPLETED: return true;
        case FIRST_EXCEPTION: return task.failed() && !task.cancelled();
        case ALL_COMPLETED: break;
    }
    return false;
}

bool Wait::await_ready() const noexcept
{
    bool all_done = true;
    for (const WaitChild& child : children_) {
        if (!child.task_.done()) {
            all_done = false;
        } else if (satisfied_by(child.task_)) {
            return true;
        }
    }
    return all_done;
}

void Wait::await_suspend(Awaiting awaiting)
{
    for (const WaitChild& child : children_) {
        if (&child.task_ == context.running) {
            throw RuntimeError{"task '" + child.task_.name() + "' cannot wait for itself"};
        }
    }
    waited_ = true;
    suspend(awaiting);
    for (WaitChild& child : children_) {
        if (!child.task_.done()) {
            child.wait_ = this;
            child.join(child.task_);
            ++pending_;
        }
    }
    if (limit_) {
        arm(*limit_);
    }
}

void Wait::child_ended(const TaskState& task) noexcept
{
    --pending_;
    if (pending_ == 0 || satisfied_by(task)) {
        end();
    }
}

void Wait::expire() noexcept
{
    if (!grace_given_) {
        // What became ready in the same wake-up as the deadline counts as done.
        grace_given_ = true;
        arm(Time::zero());
        return;
    }
    end();
}

void Wait::end() noexcept
{
    disarm();
    for (WaitChild& child : children_) {
        child.leave();
    }
    wake();
}

void Wait::await_resume()
{
    if (children_.empty()) {
        throw std::invalid_argument{"cannot wait for an empty list of tasks"};
    }
    if (waited_) {
        throw_if_cancelled();
    }
}

}  // namespace asyncio::detail
