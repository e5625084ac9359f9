#pragma once

#include <string>
#include <utility>

namespace asyncio::detail {

/// What a task has that others have not: a name, and somebody who wants to know of its end.
class TaskCompanion {
public:
    TaskCompanion(const TaskCompanion&) = delete;
    TaskCompanion& operator=(const TaskCompanion&) = delete;

    [[nodiscard]] virtual std::string task_name() const = 0;
    virtual void rename_task(std::string name) = 0;
    /// The task has ended and its frames are gone; `failed` also when it was cancelled. At most
    /// once.
    virtual void task_ended([[maybe_unused]] bool failed) noexcept {}
    /// The task is gone; nothing is called after this.
    virtual void task_gone() noexcept = 0;

protected:
    TaskCompanion() = default;
    ~TaskCompanion() = default;
};

/// Only a name.
class TaskName final : public TaskCompanion {
public:
    explicit TaskName(std::string name) noexcept : name_{std::move(name)} {}

    [[nodiscard]] std::string task_name() const override { return name_; }
    void rename_task(std::string name) override { name_ = std::move(name); }
    void task_gone() noexcept override { delete this; }

private:
    std::string name_;
};

}  // namespace asyncio::detail
