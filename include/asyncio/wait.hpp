#pragma once

#include <asyncio/detail/time_limit.hpp>
#include <asyncio/detail/timer.hpp>
#include <asyncio/task.hpp>

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace asyncio {

/// When wait() returns. Source: CPython asyncio.wait.
enum ReturnWhen {
    FIRST_COMPLETED,  ///< When any task has ended.
    FIRST_EXCEPTION,  ///< When any task has failed; else when all have ended.
    ALL_COMPLETED,    ///< When all tasks have ended.
};

/// The tasks given to wait(), in their order: `done` have ended, `pending` have not.
template <typename Handle>
class Waited {
public:
    Waited() = default;

    std::vector<Handle> done;
    std::vector<Handle> pending;
};

namespace detail {

class Wait;

/// One task that a wait() waits for.
class WaitChild final : private Joiner {
public:
    explicit WaitChild(TaskState& task) noexcept : task_{task} {}
    WaitChild(WaitChild&&) noexcept = default;

private:
    friend class Wait;

    void task_ended() noexcept override;

    TaskState& task_;
    Wait* wait_ = nullptr;
};

/// Awaiter of wait(). Requires: the tasks outlive it.
class Wait final : public Suspension, private Timer {
public:
    Wait(std::vector<WaitChild> children, std::optional<Time> limit, ReturnWhen when) noexcept
        : children_{std::move(children)}, limit_{limit}, when_{when}
    {
    }

    [[nodiscard]] bool await_ready() const noexcept;
    void await_suspend(Awaiting awaiting);
    void await_resume();

    void interrupt() noexcept override { end(); }
    [[nodiscard]] const char* what() const noexcept override { return "wait"; }

private:
    friend class WaitChild;

    [[nodiscard]] bool satisfied_by(const TaskState& task) const noexcept;
    void child_ended(const TaskState& task) noexcept;
    void expire() noexcept override;
    void end() noexcept;

    std::vector<WaitChild> children_;
    std::size_t pending_ = 0;
    std::optional<Time> limit_;
    ReturnWhen when_;
    bool waited_ = false;
    bool grace_given_ = false;
};

}  // namespace detail

/// Waits until tasks have ended - the first one, the first failure, or all - or the time is
/// over: `auto tasks = co_await asyncio::wait(all, 1.5, asyncio::FIRST_COMPLETED);`
///
/// Neither the time limit nor a cancel of the caller stops the tasks, and what they threw is
/// not thrown here: look at `tasks.done`. Handles are Task<T> or AnyTask.
/// Throws std::invalid_argument when there are no tasks, CancelledError, and RuntimeError when
/// a task waits for itself. Source: CPython asyncio.wait.
template <std::derived_from<AnyTask> Handle>
[[nodiscard]] Coroutine<Waited<Handle>> wait(std::vector<Handle> tasks,
                                             detail::TimeLimit timeout = std::nullopt,
                                             ReturnWhen return_when = ALL_COMPLETED)
{
    std::vector<detail::WaitChild> children;
    children.reserve(tasks.size());
    for (const Handle& task : tasks) {
        children.emplace_back(task.state());
    }
    detail::Wait ended{std::move(children), timeout.get(), return_when};
    co_await ended;
    Waited<Handle> waited;
    for (Handle& task : tasks) {
        (task.done() ? waited.done : waited.pending).push_back(std::move(task));
    }
    co_return waited;
}

template <std::derived_from<AnyTask> Handle>
[[nodiscard]] Coroutine<Waited<Handle>> wait(std::vector<Handle> tasks, ReturnWhen return_when)
{
    return wait(std::move(tasks), std::nullopt, return_when);
}

}  // namespace asyncio
