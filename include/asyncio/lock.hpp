#pragma once

#include <asyncio/detail/wait_queue.hpp>

#include <coroutine>
#include <utility>

namespace asyncio {

/// A mutual exclusion of tasks: at most one holds it.
///
/// Those who wait get it in the order they came; nobody can take it in between. It is not
/// re-entrant, and any task may release it. All members are for the loop's thread.
///
/// Source: MicroPython extmod/asyncio/lock.py, class Lock.
class Lock {
public:
    class Acquire;
    class Held;
    class Scoped;

    /// Is it held, or already passed to a task that is about to run?
    [[nodiscard]] bool locked() const noexcept { return locked_; }

    /// Waits until the lock is free and takes it: `co_await lock.acquire();` gives true.
    ///
    /// Does not yield when the lock is free. Throws CancelledError if the task is cancelled
    /// while it waits; a lock that had been passed to it by then goes to the next.
    /// Requires: the lock outlives the wait.
    [[nodiscard]] Acquire acquire() noexcept;

    /// The same, released when the result leaves its scope: `async with lock` in Python.
    ///
    ///     auto held = co_await lock.scoped();
    [[nodiscard]] Scoped scoped() noexcept;

    /// Passes the lock to the first task that waits, which becomes ready; or frees it.
    /// Throws RuntimeError("Lock not acquired") if nobody holds it: it is free, or on its way.
    void release();

private:
    void pass_on() noexcept;
    void give_back() noexcept;

    bool locked_ = false;
    bool passing_ = false;  // A task was chosen that has not run yet: nobody holds it.
    detail::WaitQueue waiting_;
};

/// Awaiter of Lock::acquire().
class Lock::Acquire : public detail::WaitQueue::Waiter {
public:
    explicit Acquire(Lock& lock) noexcept : lock_{lock} {}
    Acquire(Acquire&&) noexcept = default;
    ~Acquire();

    [[nodiscard]] bool await_ready() const noexcept { return !lock_.locked_; }
    void await_suspend(Awaiting awaiting) noexcept;
    bool await_resume();
    [[nodiscard]] const char* what() const noexcept override { return "lock"; }

protected:
    [[nodiscard]] Lock& lock() const noexcept { return lock_; }

private:
    friend class Lock;

    Lock& lock_;
    bool waited_ = false;
    bool granted_ = false;  // release() chose us, and we have not run yet.
};

/// A lock that is held until the end of the scope. Move-only.
class [[nodiscard]] Lock::Held {
public:
    explicit Held(Lock& lock) noexcept : lock_{&lock} {}
    Held(Held&& other) noexcept : lock_{std::exchange(other.lock_, nullptr)} {}
    Held& operator=(Held&& other) noexcept
    {
        std::swap(lock_, other.lock_);
        return *this;
    }
    ~Held()
    {
        if (lock_ != nullptr) {
            lock_->give_back();
        }
    }

private:
    Lock* lock_;
};

/// Awaiter of Lock::scoped().
class Lock::Scoped final : public Lock::Acquire {
public:
    using Acquire::Acquire;
    Scoped(Scoped&&) noexcept = default;

    Held await_resume()
    {
        (void)Acquire::await_resume();
        return Held{lock()};
    }
};

inline Lock::Acquire Lock::acquire() noexcept { return Acquire{*this}; }
inline Lock::Scoped Lock::scoped() noexcept { return Scoped{*this}; }

}  // namespace asyncio
