#pragma once

#include <asyncio/detail/wait_queue.hpp>

#include <coroutine>

namespace asyncio {

/// A flag that tasks can wait for.
///
/// The flag starts clear. set() makes every waiting task ready to run, and until clear() later
/// waits return at once. Ready tasks run on the loop's next turn, in the order they began to
/// wait: set() itself never resumes a coroutine, so any code on the loop's thread may call it.
/// Other threads and signal handlers use ThreadSafeFlag.
///
/// Source: MicroPython extmod/asyncio/event.py, class Event.
class Event {
public:
    class Wait;

    /// Is the flag up?
    [[nodiscard]] bool is_set() const noexcept { return set_; }

    /// Raises the flag and makes all who wait ready. A clear() right after it does not send
    /// them back to wait.
    void set() noexcept;

    /// Takes the flag down; nobody is woken.
    void clear() noexcept { set_ = false; }

    /// Waits until the flag is set: `co_await event.wait();` gives true.
    ///
    /// Does not yield when the flag is up. Throws CancelledError if the waiting task is
    /// cancelled; the flag stays as it was.
    /// Requires: the event outlives the wait (~WaitQueue asserts that nobody is left).
    [[nodiscard]] Wait wait() noexcept;

private:
    bool set_ = false;
    detail::WaitQueue waiting_;  // First come, first served.
};

/// Awaiter of Event::wait(). It lives in the waiting coroutine's frame and is its own queue
/// link: waiting allocates nothing, and a frame that is destroyed has left the queue.
class Event::Wait final : public detail::WaitQueue::Waiter {
public:
    explicit Wait(Event& event) noexcept : event_{event} {}
    Wait(Wait&&) noexcept = default;

    [[nodiscard]] bool await_ready() const noexcept { return event_.set_; }
    void await_suspend(Awaiting awaiting) noexcept
    {
        suspended_ = true;
        wait(event_.waiting_, awaiting);
    }
    bool await_resume() const
    {
        if (suspended_) {
            throw_if_cancelled();
        }
        return true;
    }
    [[nodiscard]] const char* what() const noexcept override { return "event"; }

private:
    Event& event_;
    bool suspended_ = false;
};

inline Event::Wait Event::wait() noexcept { return Wait{*this}; }

}  // namespace asyncio
