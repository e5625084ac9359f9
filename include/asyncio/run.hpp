#pragma once

#include <asyncio/detail/await_result.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/task.hpp>

#include <source_location>
#include <string>
#include <utility>
#include <vector>

namespace asyncio {

namespace detail {

/// While it lives, Ctrl-C cancels the main task instead of ending the process, unless the program
/// handles SIGINT itself. See run().
class InterruptGuard {
public:
    /// Throws OSError when no descriptor is left.
    InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
    ~InterruptGuard();

    /// The task that Ctrl-C cancels.
    void set_main(AnyTask main) noexcept;

    /// After main was cancelled: if Ctrl-C cancelled it, cleans up the loop's other tasks and ends
    /// the process by SIGINT, as a shell expects.
    void finish();

private:
    bool installed_ = false;
};

}  // namespace detail

/// Schedules a coroutine as a task of this thread's loop.
///
/// It first runs after the caller awaits something that yields, or when the loop runs; tasks
/// run in the order they were created. `name` is for reports; without one, or empty: "Task-N".
/// Without one nothing is allocated but the coroutine's own frame, which its call has done.
/// Throws RuntimeError if the coroutine was awaited or moved before.
/// Source: MicroPython extmod/asyncio/core.py, create_task.
template <typename T>
Task<T> create_task(Coroutine<T> coroutine,
                    detail::CallPlace place = detail::CallPlace{std::source_location::current()})
{
    return get_event_loop().create_task(std::move(coroutine), place);
}
template <typename T>
Task<T> create_task(Coroutine<T> coroutine, std::string name,
                    std::source_location where = std::source_location::current())
{
    return get_event_loop().create_task(std::move(coroutine), std::move(name), where);
}

/// The same for an awaiter: `create_task(sleep_ms(500))`, `create_task(event.wait())`.
template <detail::Awaiter A>
Task<detail::AwaitResult<A>> create_task(A awaiter, detail::CallPlace place = detail::CallPlace{
                                                        std::source_location::current()})
{
    return create_task(detail::as_coroutine(std::move(awaiter)), place);
}
template <detail::Awaiter A>
Task<detail::AwaitResult<A>> create_task(
    A awaiter, std::string name, std::source_location where = std::source_location::current())
{
    return create_task(detail::as_coroutine(std::move(awaiter)), std::move(name), where);
}

/// The task that runs now. Throws RuntimeError("no running event loop") outside of tasks.
/// Source: MicroPython extmod/asyncio/core.py, current_task.
[[nodiscard]] AnyTask current_task();

/// The tasks of this thread's loop that have not ended, in the order of their creation.
/// Source: CPython asyncio.all_tasks.
[[nodiscard]] std::vector<AnyTask> all_tasks();

/// Makes a task of the coroutine, runs this thread's loop until it ends, and gives its result
/// or throws its exception; CancelledError if it was cancelled.
///
/// Tasks that are left stay on the loop and go on in the next run(). Ctrl-C (SIGINT) cancels
/// the coroutine, whose cleanup runs; if it ends by that, so does the process, by SIGINT. A
/// program with its own SIGINT handler keeps it.
/// Throws RuntimeError inside a task.
/// Source: MicroPython extmod/asyncio/core.py, run.
template <typename T>
T run(Coroutine<T> coroutine, std::source_location where = std::source_location::current())
{
    Loop& loop = get_event_loop();
    if (detail::context.running != nullptr || loop.is_running()) {
        throw RuntimeError{"run() cannot be called from a running event loop"};
    }
    detail::InterruptGuard guard;
    Task<T> main = loop.create_task(std::move(coroutine), "main", where);
    guard.set_main(main);
    try {
        return loop.run_until_complete(std::move(main));
    } catch (const CancelledError&) {
        guard.finish();
        throw;
    }
}

/// The same for an awaiter: `run(sleep_ms(500))`.
template <detail::Awaiter A>
detail::AwaitResult<A> run(A awaiter, std::source_location where = std::source_location::current())
{
    return run(detail::as_coroutine(std::move(awaiter)), where);
}

}  // namespace asyncio
