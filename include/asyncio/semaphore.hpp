#pragma once

#include <asyncio/detail/wait_queue.hpp>

#include <coroutine>
#include <cstddef>
#include <limits>
#include <utility>

namespace asyncio {

/// Lets a limited number of tasks in at a time: so many permits, and who finds none waits.
///
/// Those who wait get a permit in the order they came; nobody can take it in between. Any task
/// may release one. All members are for the loop's thread.
///
/// Source: CPython asyncio.Semaphore.
class Semaphore {
public:
    class Acquire;
    class Held;
    class Scoped;

    explicit Semaphore(std::size_t value = 1) noexcept : value_{value} {}
    Semaphore(const Semaphore&) = delete;
    Semaphore& operator=(const Semaphore&) = delete;

    /// Would acquire() wait?
    [[nodiscard]] bool locked() const noexcept { return value_ == 0; }

    /// Waits until there is a permit and takes it: `co_await semaphore.acquire();` gives true.
    ///
    /// Does not yield when there is one. Throws CancelledError if the task is cancelled while
    /// it waits; a permit that had been passed to it by then goes to the next.
    /// Requires: the semaphore outlives the wait.
    [[nodiscard]] Acquire acquire() noexcept;

    /// The same, released when the result leaves its scope: `async with semaphore` in Python.
    ///
    ///     auto held = co_await semaphore.scoped();
    [[nodiscard]] Scoped scoped() noexcept;

    /// Passes a permit to the first task that waits, which becomes ready; or keeps it for the
    /// next acquire(). There may be more releases than there were permits.
    /// A BoundedSemaphore throws RuntimeError then.
    void release();

protected:
    Semaphore(std::size_t value, std::size_t most) noexcept : value_{value}, most_{most} {}

private:
    void pass_on() noexcept;

    std::size_t value_;
    std::size_t most_ = std::numeric_limits<std::size_t>::max();
    detail::WaitQueue waiting_;
};

/// A Semaphore that holds a mistake against its user: release() throws RuntimeError when all
/// permits are back already. Source: CPython asyncio.BoundedSemaphore.
class BoundedSemaphore final : public Semaphore {
public:
    explicit BoundedSemaphore(std::size_t value = 1) noexcept : Semaphore{value, value} {}
};

/// Awaiter of Semaphore::acquire().
class Semaphore::Acquire : public detail::WaitQueue::Waiter {
public:
    explicit Acquire(Semaphore& semaphore) noexcept : semaphore_{semaphore} {}
    Acquire(Acquire&&) noexcept = default;
    ~Acquire();

    [[nodiscard]] bool await_ready() const noexcept { return !semaphore_.locked(); }
    void await_suspend(Awaiting awaiting) noexcept;
    bool await_resume();
    [[nodiscard]] const char* what() const noexcept override { return "semaphore"; }

protected:
    [[nodiscard]] Semaphore& semaphore() const noexcept { return semaphore_; }

private:
    friend class Semaphore;

    Semaphore& semaphore_;
    bool waited_ = false;
    bool granted_ = false;  // release() chose us, and we have not run yet.
};

/// A permit that is held until the end of the scope. Move-only.
class [[nodiscard]] Semaphore::Held {
public:
    explicit Held(Semaphore& semaphore) noexcept : semaphore_{&semaphore} {}
    Held(Held&& other) noexcept : semaphore_{std::exchange(other.semaphore_, nullptr)} {}
    Held& operator=(Held&& other) noexcept
    {
        std::swap(semaphore_, other.semaphore_);
        return *this;
    }
    ~Held()
    {
        if (semaphore_ != nullptr) {
            semaphore_->pass_on();
        }
    }

private:
    Semaphore* semaphore_;
};

/// Awaiter of Semaphore::scoped().
class Semaphore::Scoped final : public Semaphore::Acquire {
public:
    using Acquire::Acquire;
    Scoped(Scoped&&) noexcept = default;

    Held await_resume()
    {
        (void)Acquire::await_resume();
        return Held{semaphore()};
    }
};

inline Semaphore::Acquire Semaphore::acquire() noexcept { return Acquire{*this}; }
inline Semaphore::Scoped Semaphore::scoped() noexcept { return Scoped{*this}; }

}  // namespace asyncio
