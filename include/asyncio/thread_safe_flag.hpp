#pragma once

#include <asyncio/detail/ref.hpp>
#include <asyncio/detail/suspension.hpp>

#include <coroutine>

namespace asyncio {

/// A flag that is set from anywhere - another thread, a signal handler - and awaited by a task.
///
/// It starts clear. Several set() before a wait count as one, and wait() clears the flag when
/// it returns. set() may be called at any time from any thread; everything else, and the
/// destructor, is for the loop's thread. Costs one eventfd.
///
/// Source: MicroPython extmod/asyncio/event.py, class ThreadSafeFlag.
class ThreadSafeFlag {
public:
    class Wait;
    class State;

    /// Throws OSError when no descriptor is left.
    ThreadSafeFlag();
    ThreadSafeFlag(const ThreadSafeFlag&) = delete;
    ThreadSafeFlag& operator=(const ThreadSafeFlag&) = delete;
    ~ThreadSafeFlag();

    /// Sets the flag and wakes the task that waits for it. Async-signal-safe: one atomic store
    /// and one write(2); errno is kept; takes no lock and allocates nothing.
    void set() noexcept;

    /// Forgets a set() that nobody waited for.
    void clear() noexcept;

    /// Waits until the flag is set, and clears it. Does not yield when it is set already.
    ///
    /// Throws CancelledError if the task is cancelled while it waits (the flag stays as it is),
    /// RuntimeError when another task waits already, OSError when somebody closed its eventfd.
    /// Requires: the flag outlives the wait.
    [[nodiscard]] Wait wait() noexcept;

private:
    detail::Ref<State> state_;
};

/// Awaiter of ThreadSafeFlag::wait().
class ThreadSafeFlag::Wait final : public detail::Suspension {
public:
    explicit Wait(State& state) noexcept : state_{state} {}
    Wait(Wait&&) noexcept = default;
    ~Wait();

    [[nodiscard]] bool await_ready() noexcept;
    void await_suspend(Awaiting awaiting);
    void await_resume();

    void interrupt() noexcept override;
    [[nodiscard]] const char* what() const noexcept override { return "thread-safe flag"; }

private:
    friend class State;

    State& state_;
    bool waited_ = false;
};

}  // namespace asyncio
