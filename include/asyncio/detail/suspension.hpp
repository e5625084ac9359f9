#pragma once

#include <asyncio/detail/awaiting.hpp>
#include <asyncio/detail/context.hpp>
#include <asyncio/detail/timer.hpp>

#include <cassert>
#include <source_location>
#include <string>

namespace asyncio::detail {

/// One way in which a task waits: the base of every awaiter that suspends.
///
/// It lives in the awaiting frame. Whoever waits knows how to stop waiting: interrupt() makes
/// the task ready again, now or as soon as nothing else refers to the frame. A suspension that
/// is destroyed while its task waits (the frame is dropped) leaves whatever queue it is in.
class Suspension {
public:
    using Awaiting = detail::Awaiting;

    Suspension(const Suspension&) = delete;
    Suspension& operator=(const Suspension&) = delete;

    /// Stops the wait because the task is cancelled; must lead to wake().
    virtual void interrupt() noexcept = 0;

    /// The task whose end is awaited: a cancel is passed on to it instead of interrupt().
    [[nodiscard]] virtual TaskState* awaited() const noexcept { return nullptr; }

    /// What is awaited, in a word: "sleep", "event", "lock", "stream" ...
    [[nodiscard]] virtual const char* what() const noexcept = 0;
    /// The same with what is known of it at `now`: "sleep, 0.250 s left".
    [[nodiscard]] virtual std::string describe(Time now) const;

    /// The coroutine that waits, and where. Requires: suspended().
    [[nodiscard]] const Call& call() const noexcept { return *call_; }
    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

protected:
    Suspension() = default;
    Suspension([[maybe_unused]] Suspension&& other) noexcept { assert(other.task_ == nullptr); }
    ~Suspension()
    {
        if (task_ != nullptr) {
            forget();  // Its frame is dropped, or await_suspend() has thrown.
        }
    }

    /// The running task stops here, until wake(); `awaiting` is the frame to resume then.
    void suspend(Awaiting awaiting) noexcept;

    /// The running task goes on in the next turn: suspend() and wake() in one.
    static void yield(Awaiting awaiting) noexcept;

    /// Puts the task at the tail of the ready queue. At most once for each suspend().
    void wake() noexcept;

    /// Is the task suspended here?
    [[nodiscard]] bool suspended() const noexcept { return task_ != nullptr; }

    /// Throws CancelledError if the running task was asked to stop.
    static void throw_if_cancelled();

    /// Takes the running task's cancel request, for awaiters that must tidy up before they
    /// throw CancelledError: true once for each cancel().
    [[nodiscard]] static bool take_cancel() noexcept;

private:
    void forget() noexcept;

    TaskState* task_ = nullptr;
    const Call* call_ = nullptr;
    std::source_location where_;
};

}  // namespace asyncio::detail
