#pragma once

#include <asyncio/detail/task_state.hpp>

#include <cassert>

namespace asyncio::detail {

/// The tasks that can go on, first come, first served. The links lie in the tasks.
class ReadyQueue {
public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] TaskState* last() const noexcept { return last_; }

    /// Puts a task at the tail. Requires: it is in no queue.
    void push(TaskState& task) noexcept
    {
        assert(!task.ready_);
        task.ready_ = true;
        task.next_ready_ = nullptr;
        (last_ != nullptr ? last_->next_ready_ : first_) = &task;
        last_ = &task;
    }

    /// Takes the first task out. Requires: !empty().
    [[nodiscard]] TaskState& pop() noexcept
    {
        assert(!empty());
        TaskState& task = *first_;
        first_ = task.next_ready_;
        if (first_ == nullptr) {
            last_ = nullptr;
        }
        task.ready_ = false;
        return task;
    }

private:
    TaskState* first_ = nullptr;
    TaskState* last_ = nullptr;
};

/// All tasks of a loop that are not finished with, in the order of their creation.
class TaskList {
public:
    [[nodiscard]] TaskState* first() const noexcept { return first_; }
    [[nodiscard]] TaskState* last() const noexcept { return last_; }
    [[nodiscard]] static TaskState* next(const TaskState& task) noexcept { return task.next_task_; }

    void append(TaskState& task) noexcept
    {
        task.next_task_ = nullptr;
        task.previous_task_ = last_;
        (last_ != nullptr ? last_->next_task_ : first_) = &task;
        last_ = &task;
    }
    void remove(TaskState& task) noexcept
    {
        (task.previous_task_ != nullptr ? task.previous_task_->next_task_ : first_) =
            task.next_task_;
        (task.next_task_ != nullptr ? task.next_task_->previous_task_ : last_) =
            task.previous_task_;
    }

private:
    TaskState* first_ = nullptr;
    TaskState* last_ = nullptr;
};

}  // namespace asyncio::detail
