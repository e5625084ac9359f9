#pragma once

#include <asyncio/detail/time_limit.hpp>
#include <asyncio/detail/timer.hpp>
#include <asyncio/detail/wait_queue.hpp>
#include <asyncio/task.hpp>

#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace asyncio {

namespace detail {

class NextCompleted;

/// The tasks that as_completed() goes through: those that have ended, in that order, until
/// somebody takes them, and those that have not.
class Completions final : public RefCounted, private Timer {
public:
    Completions(std::vector<Ref<TaskState>> tasks, const TimeLimit& limit);

private:
    friend class NextCompleted;

    class Child final : private Joiner {
    public:
        Child(Completions& completions, Ref<TaskState> task) noexcept
            : completions_{completions}, task_{std::move(task)}
        {
        }
        Child(Child&&) noexcept = default;

    private:
        friend class Completions;

        void task_ended() noexcept override { completions_.child_ended(task_); }

        Completions& completions_;
        Ref<TaskState> task_;
    };

    void child_ended(const Ref<TaskState>& task) noexcept;
    void expire() noexcept override;
    [[nodiscard]] Ref<TaskState> take_first() noexcept;
    void give_back(Ref<TaskState> task) noexcept;
    void wake_all() noexcept;

    std::vector<Child> children_;
    std::vector<Ref<TaskState>> ended_;  // Has room for all.
    std::size_t taken_ = 0;              // So many of `ended_` were taken.
    std::size_t pending_ = 0;
    bool timed_out_ = false;
    bool grace_given_ = false;
    WaitQueue waiting_;
};

/// Awaiter of AsCompleted::next(), without the type: gives the task, or null.
class NextCompleted : public WaitQueue::Waiter {
public:
    explicit NextCompleted(Ref<Completions> completions) noexcept
        : completions_{std::move(completions)}
    {
    }
    ~NextCompleted();

    [[nodiscard]] bool await_ready() noexcept;
    void await_suspend(Awaiting awaiting) noexcept;
    [[nodiscard]] const char* what() const noexcept override { return "as_completed"; }

protected:
    NextCompleted(NextCompleted&&) noexcept = default;

    /// Throws CancelledError and TimeoutError.
    [[nodiscard]] Ref<TaskState> result();

private:
    friend class Completions;

    Ref<Completions> completions_;
    Ref<TaskState> task_;  // Chosen for us, and not given yet.
    bool waited_ = false;
};

}  // namespace detail

/// Gives tasks in the order in which they end: what as_completed() returns.
template <typename T>
class AsCompleted {
public:
    class Next;

    explicit AsCompleted(detail::Ref<detail::Completions> completions) noexcept
        : completions_{std::move(completions)}
    {
    }

    /// Waits for the next task that ends, and gives it; an empty handle when all were given.
    ///
    /// Does not yield when one has ended already. Throws TimeoutError when the time limit passes
    /// first, CancelledError if the caller is cancelled; neither stops the tasks.
    [[nodiscard]] Next next() const { return Next{completions_}; }

private:
    detail::Ref<detail::Completions> completions_;
};

/// Awaiter of AsCompleted::next().
template <typename T>
class AsCompleted<T>::Next final : public detail::NextCompleted {
public:
    using detail::NextCompleted::NextCompleted;
    Next(Next&&) noexcept = default;

    Task<T> await_resume()
    {
        const detail::Ref<detail::TaskState> task = result();
        return Task<T>{
            detail::Ref<detail::TaskStateOf<T>>{static_cast<detail::TaskStateOf<T>*>(task.get())}};
    }
};

/// Goes through tasks in the order in which they end:
///
///     auto completed = asyncio::as_completed(tasks, 1.5);
///     auto task = co_await completed.next();
///     while (task) {
///         use(task.result());
///         task = co_await completed.next();
///     }
///
/// The time limit counts from this call. Source: CPython 3.13 asyncio.as_completed.
template <typename T>
[[nodiscard]] AsCompleted<T> as_completed(const std::vector<Task<T>>& tasks,
                                          detail::TimeLimit timeout = std::nullopt)
{
    std::vector<detail::Ref<detail::TaskState>> states;
    states.reserve(tasks.size());
    for (const Task<T>& task : tasks) {
        (void)task.state();
        states.push_back(task.shared_state());
    }
    return AsCompleted<T>{detail::make_ref<detail::Completions>(std::move(states), timeout)};
}

}  // namespace asyncio
