#include <asyncio/as_completed.hpp>

#include <asyncio/errors.hpp>

namespace asyncio::detail {

Completions::Completions(std::vector<Ref<TaskState>> tasks, const TimeLimit& limit)
{
    children_.reserve(tasks.size());
    ended_.reserve(tasks.size());
    for (Ref<TaskState>& task : tasks) {
        if (task->done()) {
            task->mark_retrieved();
            ended_.push_back(std::move(task));
        } else {
            Child& child = children_.emplace_back(*this, std::move(task));
            child.join(*child.task_);
            ++pending_;
        }
    }
    if (limit.get() && pending_ > 0) {
        arm(*limit.get());
    }
}

void Completions::child_ended(const Ref<TaskState>& task) noexcept
{
    if (--pending_ == 0) {
        disarm();
    }
    if (waiting_.empty()) {
        ended_.push_back(task);
    } else {
        static_cast<NextCompleted&>(waiting_.wake_first()).task_ = task;
    }
    if (pending_ == 0) {
        wake_all();  // There is nothing left for those who still wait.
    }
}

void Completions::expire() noexcept
{
    if (!grace_given_) {
        // What became ready in the same wake-up as the deadline is still in time.
        grace_given_ = true;
        arm(Time::zero());
        return;
    }
    timed_out_ = true;
    wake_all();
}

void Completions::wake_all() noexcept
{
    while (!waiting_.empty()) {
        waiting_.wake_first();
    }
}

Ref<TaskState> Completions::take_first() noexcept
{
    return taken_ < ended_.size() ? std::move(ended_[taken_++]) : Ref<TaskState>{};
}

void Completions::give_back(Ref<TaskState> task) noexcept
{
    if (!waiting_.empty()) {
        static_cast<NextCompleted&>(waiting_.wake_first()).task_ = std::move(task);
    } else if (taken_ > 0) {
        ended_[--taken_] = std::move(task);
    } else {
        ended_.insert(ended_.begin(), std::move(task));  // There is room: it never was in.
    }
}

NextCompleted::~NextCompleted()
{
    if (task_) {
        completions_->give_back(std::move(task_));  // The frame was dropped.
    }
}

bool NextCompleted::await_ready() noexcept
{
    task_ = completions_->take_first();
    return task_ || completions_->pending_ == 0 || completions_->timed_out_;
}

void NextCompleted::await_suspend(Awaiting awaiting) noexcept
{
    waited_ = true;
    wait(completions_->waiting_, awaiting);
}

Ref<TaskState> NextCompleted::result()
{
    Ref<TaskState> task = std::exchange(task_, {});
    if (waited_ && take_cancel()) {
        if (task) {
            completions_->give_back(std::move(task));
        }
        throw CancelledError{};
    }
    if (!task && completions_->pending_ > 0) {
        throw TimeoutError{};
    }
    return task;
}

}  // namespace asyncio::detail
