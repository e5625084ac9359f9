#include <asyncio/detail/task_state.hpp>

#include "core/scheduler.hpp"

#include <asyncio/detail/suspension.hpp>
#include <asyncio/errors.hpp>

#include <cxxabi.h>
#include <typeinfo>

namespace asyncio::detail {

std::string TaskState::name() const
{
    return companion_ != nullptr ? companion_->task_name() : "Task-" + std::to_string(number_);
}

void TaskState::set_name(std::string name)
{
    if (name.empty()) {
        name = "Task-" + std::to_string(number_);
    }
    if (companion_ != nullptr) {
        companion_->rename_task(std::move(name));
    } else {
        companion_ = new TaskName{std::move(name)};
    }
}

bool TaskState::cancel()
{
    if (done_) {
        return false;
    }
    if (context.running == this) {
        throw RuntimeError{"can't cancel self"};
    }
    ++cancels_;
    deliver_cancel();
    return true;
}

void TaskState::deliver_cancel() noexcept
{
    TaskState& target = innermost();
    target.cancel_requested_ = true;
    if (target.waiting_on_ != nullptr) {
        target.waiting_on_->interrupt();
    }
}

std::uint32_t TaskState::uncancel() noexcept
{
    // What has interrupted a wait already will be thrown there. What has not, is in the running
    // task only.
    if (cancels_ > 0 && --cancels_ == 0 && context.running == this) {
        cancel_requested_ = false;
    }
    return cancels_;
}

bool TaskState::take_back_cancel(std::uint32_t before) noexcept
{
    if (uncancel() > before) {
        return false;
    }
    cancel_requested_ = false;
    return true;
}

TaskState& TaskState::innermost() noexcept
{
    // Tasks passed on the way are marked: if we meet one again, tasks wait for each other, and
    // the last one before it lets go.
    TaskState* target = this;
    for (;;) {
        target->passing_cancel_ = true;
        TaskState* awaited =
            target->waiting_on_ != nullptr ? target->waiting_on_->awaited() : nullptr;
        if (awaited == nullptr || awaited->passing_cancel_) {
            break;
        }
        target = awaited;
    }
    for (TaskState* task = this; task != nullptr && task->passing_cancel_;) {
        task->passing_cancel_ = false;
        task->cancels_ += task != this ? 1 : 0;
        task = task->waiting_on_ != nullptr ? task->waiting_on_->awaited() : nullptr;
    }
    return *target;
}

void TaskState::wake_joiners() noexcept
{
    while (first_joiner_ != nullptr) {
        retrieved_ = true;
        Joiner& joiner = *first_joiner_;
        joiner.leave();
        joiner.task_ended();
    }
}

void TaskState::forget_joiners() noexcept
{
    while (first_joiner_ != nullptr) {
        first_joiner_->leave();
    }
}

void Joiner::join(TaskState& task) noexcept
{
    assert(!task.done());
    task_ = &task;
    next_ = nullptr;
    previous_ = task.last_joiner_;
    (previous_ != nullptr ? previous_->next_ : task.first_joiner_) = this;
    task.last_joiner_ = this;
}

void Joiner::leave() noexcept
{
    if (task_ == nullptr) {
        return;
    }
    (previous_ != nullptr ? previous_->next_ : task_->first_joiner_) = next_;
    (next_ != nullptr ? next_->previous_ : task_->last_joiner_) = previous_;
    task_ = nullptr;
}

TaskState& running_task()
{
    if (context.running == nullptr) {
        throw RuntimeError{"no running event loop"};
    }
    return *context.running;
}

bool handling_cancelled_error() noexcept
{
    const std::type_info* type = abi::__cxa_current_exception_type();
    return type != nullptr && *type == typeid(CancelledError);
}

}  // namespace asyncio::detail
