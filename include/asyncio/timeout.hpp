#pragma once

#include <asyncio/clock.hpp>
#include <asyncio/detail/awaitable.hpp>
#include <asyncio/detail/time_limit.hpp>
#include <asyncio/detail/timer.hpp>

#include <cstdint>
#include <optional>

namespace asyncio {

namespace detail {

/// The inside of a Timeout: its deadline, and the task it cancels.
class TimeoutScope final : public RefCounted, private Timer {
public:
    explicit TimeoutScope(std::optional<Time> deadline) noexcept : deadline_{deadline} {}

    /// The running task enters the scope. Throws RuntimeError when that was done before.
    void enter();

    /// The task leaves the scope; takes its cancel back if there was one. True when it is this
    /// scope alone that has cancelled the task. Harmless when done twice.
    bool leave() noexcept;

    void reschedule(std::optional<Time> deadline);
    [[nodiscard]] std::optional<Time> deadline() const noexcept { return deadline_; }
    [[nodiscard]] bool expired() const noexcept
    {
        return state_ == State::expiring || state_ == State::expired;
    }

private:
    enum class State : std::uint8_t { created, entered, expiring, expired, left };

    void expire() noexcept override;
    void arm_for_deadline();

    std::optional<Time> deadline_;
    State state_ = State::created;
    bool grace_given_ = false;
    Ref<TaskState> task_;
    std::uint32_t cancels_before_ = 0;
};

/// While it lives, the running task is in the scope.
class InTimeout {
public:
    explicit InTimeout(TimeoutScope& scope) : scope_{scope} { scope.enter(); }
    InTimeout(const InTimeout&) = delete;
    InTimeout& operator=(const InTimeout&) = delete;
    ~InTimeout() { scope_.leave(); }

private:
    TimeoutScope& scope_;
};

template <Awaitable A>
Coroutine<AwaitResult<A>> run_in_timeout(Ref<TimeoutScope> scope, A awaitable)
{
    const InTimeout inside{*scope};
    try {
        co_return co_await std::move(awaitable);
    } catch (const CancelledError&) {
        if (scope->leave()) {
            throw TimeoutError{};
        }
        throw;
    }
}

}  // namespace detail

/// A time limit for a part of a task, that can be moved while it runs.
///
///     auto limit = asyncio::timeout(1.5);
///     co_await limit.run(download(url, limit));  // May call limit.reschedule(1.5).
///
/// Copies are handles to the same limit. It serves for one run(). For the loop's thread.
/// Source: CPython asyncio.Timeout.
class Timeout {
public:
    explicit Timeout(detail::Ref<detail::TimeoutScope> scope) noexcept : scope_{std::move(scope)} {}

    /// Awaits in the calling task - no new task - and gives the result, or throws; but at the
    /// deadline the task is cancelled, and if CancelledError comes out, TimeoutError is thrown.
    ///
    /// Only its own cancel becomes TimeoutError: if others cancelled the task too, or an outer
    /// timeout has expired as well, CancelledError stays. An awaitable that swallows the cancel
    /// and returns, or throws something else, gets its way: expired() tells. A result that is
    /// ready at the deadline is not thrown away. If the task waits for another task then, that
    /// one is cancelled, as by Task::cancel().
    /// Throws RuntimeError when the limit was used before.
    template <detail::Awaitable A>
    [[nodiscard]] Coroutine<detail::AwaitResult<A>> run(A awaitable) const
    {
        return detail::run_in_timeout(scope_, std::move(awaitable));
    }

    /// The deadline, if there is one.
    [[nodiscard]] std::optional<Clock::time_point> when() const noexcept;

    /// Has it cancelled its task?
    [[nodiscard]] bool expired() const noexcept { return scope_->expired(); }

    /// Moves the deadline: so long from now on, std::nullopt for no limit; or to a point in
    /// time. Throws RuntimeError when it has expired, or run() has not begun or is over.
    void reschedule(detail::TimeLimit from_now) const;
    void reschedule(Clock::time_point when) const;

private:
    detail::Ref<detail::TimeoutScope> scope_;
};

/// A limit of seconds, of a duration, or std::nullopt for none, counted from this call.
/// Source: CPython asyncio.timeout.
[[nodiscard]] Timeout timeout(detail::TimeLimit limit);

/// A limit at a point in time. Source: CPython asyncio.timeout_at.
[[nodiscard]] Timeout timeout_at(std::optional<Clock::time_point> when);

/// The usual case: `auto page = co_await asyncio::timeout(1.5, download(url));`
///
/// The time counts from this call. See Timeout::run().
template <detail::Awaitable A>
[[nodiscard]] Coroutine<detail::AwaitResult<A>> timeout(detail::TimeLimit limit, A awaitable)
{
    return timeout(limit).run(std::move(awaitable));
}

template <detail::Awaitable A>
[[nodiscard]] Coroutine<detail::AwaitResult<A>> timeout_at(std::optional<Clock::time_point> when,
                                                           A awaitable)
{
    return timeout_at(when).run(std::move(awaitable));
}

}  // namespace asyncio
