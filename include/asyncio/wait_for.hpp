#pragma once

#include <asyncio/detail/awaitable.hpp>
#include <asyncio/detail/time_limit.hpp>
#include <asyncio/detail/timer.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <source_location>

namespace asyncio {

namespace detail {

/// Awaiter of wait_for(): waits until a task ends, and cancels it when its time is over.
class TimedJoin final : public Suspension, private Joiner, private Timer {
public:
    TimedJoin(Ref<TaskState> task, Time limit) noexcept : task_{std::move(task)}, limit_{limit} {}
    TimedJoin(TimedJoin&& other) noexcept
        : Suspension{static_cast<Suspension&&>(other)}, Joiner{static_cast<Joiner&&>(other)},
          task_{other.task_}, limit_{other.limit_}
    {
    }

    [[nodiscard]] bool await_ready() const noexcept { return task_->done(); }
    /// Throws RuntimeError when a task waits for itself.
    void await_suspend(Awaiting awaiting);
    /// Throws CancelledError, TimeoutError, or what the task threw after it was cancelled.
    void await_resume();

    void interrupt() noexcept override;
    [[nodiscard]] const char* what() const noexcept override { return "wait_for"; }
    [[nodiscard]] std::string describe(Time now) const override;

private:
    void task_ended() noexcept override;
    void expire() noexcept override;

    Ref<TaskState> task_;
    Time limit_;
    bool waited_ = false;
    bool grace_given_ = false;
    bool timed_out_ = false;
};

}  // namespace detail

/// Waits until the awaitable ends and gives its result or throws its exception, but cancels it
/// when `limit` is over: then TimeoutError is thrown, once it has really ended.
///
/// A coroutine or an awaiter becomes a task; a task that is passed in is cancelled for all who
/// wait for it. A result that is ready when the time is over is never thrown away. With a limit
/// of 0 or less the awaitable gets one turn; with std::nullopt this is a plain await.
///
/// If the awaitable swallows the cancel and returns, TimeoutError is thrown all the same; if it
/// throws something else, that is thrown. If the calling task is cancelled, it gets
/// CancelledError first, and the awaitable is cancelled then.
/// Source: MicroPython extmod/asyncio/funcs.py, wait_for.
template <detail::Awaitable A>
Coroutine<detail::AwaitResult<A>> wait_for(
    A awaitable, detail::TimeLimit limit,
    std::source_location where = std::source_location::current())
{
    using T = detail::AwaitResult<A>;
    if (!limit.get().has_value()) {
        co_return co_await std::move(awaitable);
    }
    Task<T> task = detail::promote(std::move(awaitable), where);
    co_await detail::TimedJoin{task.shared_state(), *limit.get()};
    co_return co_await task;
}

/// The same with a limit in milliseconds. Source: MicroPython funcs.py, wait_for_ms.
template <detail::Awaitable A>
Coroutine<detail::AwaitResult<A>> wait_for_ms(
    A awaitable, std::int64_t ms, std::source_location where = std::source_location::current())
{
    return wait_for(std::move(awaitable), std::chrono::milliseconds{ms}, where);
}

}  // namespace asyncio
