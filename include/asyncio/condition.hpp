#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/fragile_temporary.hpp>
#include <asyncio/detail/wait_queue.hpp>
#include <asyncio/lock.hpp>

#include <cstddef>
#include <functional>
#include <limits>
#include <type_traits>

namespace asyncio {

/// A lock, and tasks that wait until another one says that what it protects has changed.
///
///     auto held = co_await condition.scoped();
///     const auto has_items = [&items] { return !items.empty(); };
///     co_await condition.wait_for(has_items);
///
/// Those who wait are notified in the order they came. All members are for the loop's thread.
/// Source: CPython asyncio.Condition.
class Condition {
public:
    /// With a lock of its own.
    Condition() noexcept : lock_{own_} {}
    /// On a lock that others use too. Requires: it outlives the condition.
    explicit Condition(Lock& lock) noexcept : lock_{lock} {}
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;

    // The lock's; see Lock.
    [[nodiscard]] bool locked() const noexcept { return lock_.locked(); }
    [[nodiscard]] Lock::Acquire acquire() noexcept { return lock_.acquire(); }
    [[nodiscard]] Lock::Scoped scoped() noexcept { return lock_.scoped(); }
    void release() { lock_.release(); }

    /// Releases the lock, waits for a notify(), and takes the lock again; gives true.
    ///
    /// Throws RuntimeError when the lock is free, and CancelledError if the task is cancelled -
    /// then too only after it has taken the lock again, so that the scope around it is right.
    /// A notification that a cancelled task had received goes to the next.
    /// Requires: the condition outlives the wait.
    [[nodiscard]] Coroutine<bool> wait();

    /// Waits until `predicate()` is true, and gives its value. It is called with the lock held.
    /// A lambda whose captures have destructors needs a name first: g++ 12 refuses it otherwise.
    template <typename Predicate>
    [[nodiscard]] auto wait_for(Predicate&& predicate)
    {
        static_assert(!detail::is_fragile_temporary<Predicate>(),
                      "g++ 12 destroys a lambda with captures next to a co_await twice: give it a "
                      "name first, and give that");
        return wait_until<std::decay_t<Predicate>>(std::forward<Predicate>(predicate));
    }

    /// Makes `n` of those who wait ready, or all if there are fewer. They go on when they get
    /// the lock, so after the caller releases it. Throws RuntimeError when the lock is free.
    void notify(std::size_t n = 1);
    void notify_all() { notify(std::numeric_limits<std::size_t>::max()); }

private:
    class Notified;

    template <typename Predicate>
    Coroutine<std::decay_t<std::invoke_result_t<Predicate&>>> wait_until(Predicate predicate)
    {
        auto value = std::invoke(predicate);
        while (!value) {
            co_await wait();
            value = std::invoke(predicate);
        }
        co_return value;
    }

    void wake(std::size_t n) noexcept;

    Lock own_;
    Lock& lock_;
    detail::WaitQueue waiting_;
};

}  // namespace asyncio
