#pragma once

#include <asyncio/detail/suspension.hpp>

namespace asyncio::detail {

/// Tasks that wait for the same thing, first come, first served.
///
/// The links live in the waiting frames: waiting allocates nothing, and a waiter that is
/// destroyed has left the queue.
class WaitQueue {
public:
    class Waiter;

    WaitQueue() = default;
    WaitQueue(const WaitQueue&) = delete;
    WaitQueue& operator=(const WaitQueue&) = delete;
    ~WaitQueue() { assert(empty()); }

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

    /// Makes the first waiter ready and takes it out. Requires: !empty().
    Waiter& wake_first() noexcept;

private:
    void append(Waiter& waiter) noexcept;
    void remove(Waiter& waiter) noexcept;

    Waiter* first_ = nullptr;
    Waiter* last_ = nullptr;
};

/// A place in the queue. The base of the awaiters that wait in one.
class WaitQueue::Waiter : public Suspension {
public:
    void interrupt() noexcept override;

protected:
    Waiter() = default;
    Waiter(Waiter&&) noexcept = default;
    ~Waiter();

    /// Suspends the running task in `queue`.
    void wait(WaitQueue& queue, Awaiting awaiting) noexcept;

private:
    friend class WaitQueue;

    WaitQueue* queue_ = nullptr;
    Waiter* previous_ = nullptr;
    Waiter* next_ = nullptr;
};

}  // namespace asyncio::detail
