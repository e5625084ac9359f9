#pragma once

#include <asyncio/detail/wait_queue.hpp>
#include <asyncio/errors.hpp>

#include <coroutine>
#include <cstddef>

namespace asyncio {

/// Thrown by Barrier::wait() when the barrier is or gets broken, by abort() or reset().
/// Source: CPython asyncio.BrokenBarrierError.
class BrokenBarrierError : public RuntimeError {
public:
    BrokenBarrierError() : RuntimeError{"the barrier is broken"} {}
};

/// A place where a fixed number of tasks wait for each other, again and again.
///
/// All members are for the loop's thread. Source: CPython asyncio.Barrier.
class Barrier {
public:
    class Wait;

    /// Throws std::invalid_argument for 0 parties.
    explicit Barrier(std::size_t parties);
    Barrier(const Barrier&) = delete;
    Barrier& operator=(const Barrier&) = delete;

    /// Waits until `parties` tasks wait; then all go on, the last one without yielding:
    /// `const std::size_t index = co_await barrier.wait();`
    ///
    /// Each of them gets another number from 0, who came first, to parties - 1, so that one may
    /// do what must be done once. Throws BrokenBarrierError; and CancelledError if the task is
    /// cancelled: then the others wait on for one more.
    /// Requires: the barrier outlives the wait.
    [[nodiscard]] Wait wait() noexcept;

    /// Starts afresh, also when broken: those who wait get BrokenBarrierError.
    void reset() noexcept;

    /// Breaks it: those who wait, and all that come, get BrokenBarrierError until reset().
    void abort() noexcept;

    [[nodiscard]] std::size_t parties() const noexcept { return parties_; }
    [[nodiscard]] std::size_t n_waiting() const noexcept { return waiting_count_; }
    [[nodiscard]] bool broken() const noexcept { return broken_; }

private:
    enum class Outcome { passed, broken };

    void let_go(Outcome outcome) noexcept;

    std::size_t parties_;
    std::size_t waiting_count_ = 0;
    bool broken_ = false;
    detail::WaitQueue waiting_;
};

/// Awaiter of Barrier::wait().
class Barrier::Wait final : public detail::WaitQueue::Waiter {
public:
    explicit Wait(Barrier& barrier) noexcept : barrier_{barrier} {}
    Wait(Wait&&) noexcept = default;
    ~Wait();

    [[nodiscard]] bool await_ready() const noexcept;
    void await_suspend(Awaiting awaiting) noexcept;
    std::size_t await_resume();

    void interrupt() noexcept override;
    [[nodiscard]] const char* what() const noexcept override { return "barrier"; }

private:
    friend class Barrier;

    Barrier& barrier_;
    bool waited_ = false;
    Outcome outcome_ = Outcome::passed;
    std::size_t index_ = 0;
};

inline Barrier::Wait Barrier::wait() noexcept { return Wait{*this}; }

}  // namespace asyncio
