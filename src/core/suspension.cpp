#include <asyncio/detail/suspension.hpp>

#include "core/scheduler.hpp"

#include <asyncio/detail/task_state.hpp>
#include <asyncio/errors.hpp>

#include <utility>

namespace asyncio::detail {

void Suspension::suspend(Awaiting awaiting) noexcept
{
    assert(context.running != nullptr && "an awaiter was used outside of a task");
    assert(task_ == nullptr);
    task_ = context.running;
    task_->resume_ = awaiting.call().frame();
    task_->waiting_on_ = this;
    task_->since_ = task_->scheduler_->turn_time();
    call_ = &awaiting.call();
    where_ = awaiting.where();
}

void Suspension::yield(Awaiting awaiting) noexcept
{
    assert(context.running != nullptr && "an awaiter was used outside of a task");
    TaskState& task = *context.running;
    task.resume_ = awaiting.call().frame();
    task.scheduler_->make_ready(task);
}

std::string Suspension::describe(Time) const { return what(); }

void Suspension::wake() noexcept
{
    assert(task_ != nullptr);
    TaskState& task = *std::exchange(task_, nullptr);
    task.waiting_on_ = nullptr;
    // What its end will touch, should it come soon: of many tasks that wait long, none is near.
    __builtin_prefetch(task.first_joiner_);
    __builtin_prefetch(task.previous_task_);
    __builtin_prefetch(task.next_task_);
    if (task.scheduler_ != nullptr) {  // Null while its loop drops it.
        task.scheduler_->make_ready(task);
    }
}

void Suspension::forget() noexcept
{
    if (task_->waiting_on_ == this) {
        task_->waiting_on_ = nullptr;
    }
}

bool Suspension::take_cancel() noexcept
{
    return std::exchange(context.running->cancel_requested_, false);
}

void Suspension::throw_if_cancelled()
{
    if (take_cancel()) {
        throw CancelledError{};
    }
}

}  // namespace asyncio::detail
