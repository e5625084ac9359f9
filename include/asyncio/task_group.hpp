#pragma once

#include <asyncio/detail/awaitable.hpp>
#include <asyncio/detail/outcome.hpp>
#include <asyncio/exception_group.hpp>
#include <asyncio/run.hpp>

#include <exception>
#include <functional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {
class TaskGroupState;
}

/// Tasks that belong together: if one fails, the others are cancelled, and their owner goes on
/// only when all have ended. Prefer task_group(), below; this is the form without a body:
///
///     asyncio::TaskGroup group;
///     group.create_task(pump());
///     group.create_task(valve());
///     co_await group.join();
///
/// Only join() throws: while its owner does something else, a failure cancels the other tasks
/// but not the owner. A group that dies before join() has returned cancels its tasks, and what
/// had failed goes to the loop's exception handler.
///
/// A copy is for the tasks of the group, to add more: pass it by value. The original owns the
/// group: it alone may join(), and with its end the copies are of no use any more.
/// Source: CPython asyncio.TaskGroup.
class TaskGroup {
public:
    TaskGroup();
    TaskGroup(const TaskGroup& owner) noexcept;
    TaskGroup& operator=(const TaskGroup&) = delete;
    ~TaskGroup();

    /// Schedules a coroutine as a task of the group; see asyncio::create_task().
    ///
    /// Throws RuntimeError, and the coroutine does not run, when a task has failed or the group
    /// is cancelled ("is shutting down") and when join() is over ("is finished").
    template <typename T>
    Task<T> create_task(Coroutine<T> coroutine, std::string name = {},
                        std::source_location where = std::source_location::current())
    {
        refuse_if_closed();
        Task<T> task = asyncio::create_task(std::move(coroutine), std::move(name), where);
        add(task);
        return task;
    }
    template <detail::Awaiter A>
    Task<detail::AwaitResult<A>> create_task(
        A awaiter, std::string name = {},
        std::source_location where = std::source_location::current())
    {
        return create_task(detail::as_coroutine(std::move(awaiter)), std::move(name), where);
    }

    /// Waits until all tasks of the group have ended, those too that are added meanwhile.
    ///
    /// Throws ExceptionGroup with the exceptions of all that failed; tasks that ended with
    /// CancelledError do not count. If the caller is cancelled, so are the tasks; when they have
    /// ended, CancelledError is thrown - or, if some failed, ExceptionGroup, and CancelledError
    /// at the caller's next await. Throws RuntimeError on a copy.
    [[nodiscard]] Coroutine<> join();

private:
    template <typename F, typename... Args>
    friend std::invoke_result_t<F, TaskGroup, Args...> task_group(F body, Args... args);

    void refuse_if_closed() const;
    void add(const AnyTask& task);
    void enter_body();
    void leave_body(std::exception_ptr exception);
    void leave_cancelled_body();

    detail::Ref<detail::TaskGroupState> state_;
    bool owner_;
};

/// Runs `body(group, args...)`, a coroutine, in the calling task; then waits for all tasks that
/// it and they have added to the group, and gives the body's result. `async with TaskGroup()`:
///
///     asyncio::Coroutine<> crawl(asyncio::TaskGroup group, std::string url);
///     co_await asyncio::task_group(crawl, url);
///
/// If the body or a task fails, all the others are cancelled, the body too; when all have
/// ended, ExceptionGroup is thrown with every exception. A cancel from outside cancels all and
/// stays CancelledError. `body` is a function or a lambda without captures: `args` are its state.
/// Source: CPython asyncio.TaskGroup.
template <typename F, typename... Args>
std::invoke_result_t<F, TaskGroup, Args...> task_group(F body, Args... args)
{
    using T = typename detail::AwaitResult<std::invoke_result_t<F, TaskGroup, Args...>>;
    TaskGroup group;
    detail::Outcome<T> outcome;
    group.enter_body();
    try {
        Coroutine<T> running = std::invoke(std::move(body), TaskGroup{group}, std::move(args)...);
        if constexpr (std::is_void_v<T>) {
            co_await std::move(running);
            outcome.set_value();
        } else {
            T value = co_await std::move(running);
            outcome.set_value(std::move(value));
        }
        group.leave_body(nullptr);
    } catch (const CancelledError&) {
        group.leave_cancelled_body();
    } catch (...) {
        group.leave_body(std::current_exception());
    }
    co_await group.join();
    co_return outcome.take();
}

}  // namespace asyncio
