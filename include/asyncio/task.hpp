#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/suspension.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/errors.hpp>

#include <concepts>
#include <cstdint>
#include <source_location>
#include <string>
#include <utility>

namespace asyncio {

class Loop;

namespace detail {

/// Awaiter of a task: waits until it ends. Cancelling the waiter cancels the task it waits for.
class Join : public Suspension, private Joiner {
public:
    explicit Join(Ref<TaskState> task) noexcept : task_{std::move(task)} {}

    [[nodiscard]] bool await_ready() noexcept;
    /// Throws RuntimeError when a task awaits itself.
    void await_suspend(Awaiting awaiting);
    /// Throws CancelledError if the waiter was cancelled after the task ended.
    void await_resume();

    void interrupt() noexcept override;
    [[nodiscard]] TaskState* awaited() const noexcept override;
    [[nodiscard]] const char* what() const noexcept override { return "task"; }
    [[nodiscard]] std::string describe(Time now) const override;

protected:
    Join(Join&&) noexcept = default;
    ~Join() = default;

    [[nodiscard]] TaskState& task() const noexcept { return *task_; }

private:
    void task_ended() noexcept override;

    Ref<TaskState> task_;
    bool waited_ = false;
};

/// The same, with the task's result.
template <typename T>
class JoinOf final : public Join {
public:
    using Join::Join;
    JoinOf(JoinOf&&) noexcept = default;

    T await_resume()
    {
        Join::await_resume();
        if constexpr (std::is_void_v<T>) {
            if (task().failed()) {
                std::rethrow_exception(task().exception());
            }
        } else if constexpr (std::copy_constructible<T>) {
            return static_cast<TaskStateOf<T>&>(task()).outcome.value();
        } else {
            return std::move(static_cast<TaskStateOf<T>&>(task()).outcome.value());
        }
    }
};

[[noreturn]] void throw_no_task();

}  // namespace detail

/// A handle to a task whose result does not matter: what current_task() returns.
///
/// Handles are shared and cheap to copy; dropping them does not stop the task. All members are
/// for the loop's thread. A default-constructed handle refers to no task.
class AnyTask {
public:
    AnyTask() noexcept = default;
    explicit AnyTask(detail::Ref<detail::TaskState> state) noexcept : state_{std::move(state)} {}

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(state_); }

    /// Has the task ended, by return, exception or cancel?
    [[nodiscard]] bool done() const { return state().done(); }

    /// Asks the task to stop: CancelledError is thrown at its await.
    ///
    /// If the task awaits another task, that one is cancelled, and this one sees it only if the
    /// other ends with CancelledError. A task may catch it, await in its cleanup, and even go
    /// on. A task that never ran ends without entering its body. Several calls before delivery
    /// count as one. Returns false if the task is done already, else true.
    /// Throws RuntimeError("can't cancel self") on the running task.
    /// Source: MicroPython extmod/asyncio/task.py, Task.cancel.
    bool cancel() const { return state().cancel(); }

    /// How many cancels were asked for and not taken back with uncancel(). While it is not 0,
    /// somebody wants the task to end. Source: CPython asyncio.Task.cancelling.
    [[nodiscard]] std::uint32_t cancelling() const { return state().cancelling(); }

    /// Takes one cancel back and gives how many are left; for code that has caught the
    /// CancelledError it caused itself. When a task takes back its own last one, that is not
    /// delivered any more.
    /// Source: CPython 3.13 asyncio.Task.uncancel.
    std::uint32_t uncancel() const { return state().uncancel(); }

    /// Did the task end with CancelledError?
    [[nodiscard]] bool cancelled() const { return state().cancelled(); }

    /// The exception the task ended with, or null. Throws RuntimeError if it is not done, and
    /// CancelledError if it was cancelled. Source: CPython asyncio.Task.exception.
    [[nodiscard]] std::exception_ptr exception() const;

    /// The name given to create_task(), or "Task-N".
    [[nodiscard]] std::string name() const { return state().name(); }
    void set_name(std::string name) const { state().set_name(std::move(name)); }

    /// Waits until the task ends; throws what it threw.
    [[nodiscard]] detail::JoinOf<void> operator co_await() const;

    [[nodiscard]] bool operator==(const AnyTask&) const noexcept = default;

    /// For the library.
    [[nodiscard]] detail::TaskState& state() const
    {
        if (!state_) {
            detail::throw_no_task();
        }
        return *state_;
    }
    [[nodiscard]] const detail::Ref<detail::TaskState>& shared_state() const noexcept
    {
        return state_;
    }

private:
    detail::Ref<detail::TaskState> state_;
};

/// A shared handle to a coroutine that the loop runs: what create_task() returns.
///
/// `co_await task` waits for its end and gives its result, or throws its exception; it may be
/// done again, and by several tasks. (A result that cannot be copied is moved to the first.)
/// Source: MicroPython extmod/asyncio/task.py, class Task.
template <typename T = void>
class Task : public AnyTask {
public:
    Task() noexcept = default;
    explicit Task(detail::Ref<detail::TaskStateOf<T>> state) noexcept : AnyTask{std::move(state)} {}

    /// The task's result; throws its exception, or RuntimeError if it is not done.
    decltype(auto) result() const
    {
        if (!done()) {
            throw RuntimeError{"the result of task '" + name() + "' is not ready"};
        }
        state().mark_retrieved();
        if constexpr (std::is_void_v<T>) {
            (void)typed_state().outcome.value();
        } else {
            return static_cast<const T&>(typed_state().outcome.value());
        }
    }

    /// Waits until the task ends. Throws what it threw; CancelledError; RuntimeError when a
    /// task awaits itself.
    [[nodiscard]] detail::JoinOf<T> operator co_await() const
    {
        (void)state();
        return detail::JoinOf<T>{shared_state()};
    }

private:
    [[nodiscard]] detail::TaskStateOf<T>& typed_state() const
    {
        return static_cast<detail::TaskStateOf<T>&>(state());
    }
};

namespace detail {

/// Where a function was called: a parameter that `{}` cannot stand for.
struct CallPlace {
    explicit constexpr CallPlace(std::source_location place) noexcept : where{place} {}

    std::source_location where;
};

/// Makes a task of a coroutine, not scheduled yet.
template <typename T>
[[nodiscard]] Ref<TaskStateOf<T>> make_task(Coroutine<T> coroutine, std::source_location where)
{
    auto frame = coroutine.release();
    if (!frame) {
        throw RuntimeError{"cannot make a task of a coroutine that was awaited or moved before"};
    }
    FrameHeader<T>& header = FrameHeader<T>::of(frame.address());
    Ref<TaskStateOf<T>> task{new (&header.room) TaskStateOf<T>{frame, where}};
    header.is_task = true;
    frame.promise().start(where, task->outcome);
    return task;
}

}  // namespace detail
}  // namespace asyncio
