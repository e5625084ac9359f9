#pragma once

#include <asyncio/detail/await_result.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <string>

namespace asyncio {

class Loop;
class LoopHandle;

/// What an exception handler is told. Source: MicroPython extmod/asyncio/core.py, _exc_context.
struct ExceptionContext {
    std::string message;           ///< What happened: "Task exception wasn't retrieved".
    std::exception_ptr exception;  ///< The exception, or null.
    AnyTask future;                ///< The task it came from, or an empty handle.
};

/// Called on the loop's thread. What it throws leaves run().
using ExceptionHandler = std::function<void(Loop&, const ExceptionContext&)>;

namespace detail {
class Backend;
class Scheduler;
}  // namespace detail

/// The object that schedules and runs tasks: one for each thread. Programs use get_event_loop().
///
/// One turn runs what was ready when it began; then, in one system call, starts the operations
/// that were asked for and waits for a completion or the next timer. Nothing is resumed there:
/// whatever happened only makes tasks ready. All members are for the loop's thread.
/// Source: MicroPython extmod/asyncio/core.py, class Loop.
class Loop {
public:
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop();

    /// Schedules a coroutine; see asyncio::create_task().
    template <typename T>
    Task<T> create_task(Coroutine<T> coroutine, detail::CallPlace place = detail::CallPlace{
                                                    std::source_location::current()})
    {
        auto state = detail::make_task(std::move(coroutine), place.where);
        schedule(*state);
        return Task<T>{std::move(state)};
    }
    template <typename T>
    Task<T> create_task(Coroutine<T> coroutine, std::string name,
                        std::source_location where = std::source_location::current())
    {
        auto state = detail::make_task(std::move(coroutine), where);
        if (!name.empty()) {
            state->set_name(std::move(name));
        }
        schedule(*state);
        return Task<T>{std::move(state)};
    }
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

    /// Runs tasks until stop() is called; sleeps in the kernel while there is nothing to do.
    /// Throws RuntimeError when the loop is running or closed.
    void run_forever();

    /// Runs tasks until the given one ends, and gives its result or throws its exception. A
    /// coroutine or awaiter becomes a task first. Other tasks stay on the loop and go on in the
    /// next run. Throws RuntimeError when the loop is running or closed.
    template <typename T>
    T run_until_complete(Task<T> task)
    {
        run_until_done(task.state());
        return detail::JoinOf<T>{task.shared_state()}.await_resume();
    }
    template <typename T>
    T run_until_complete(Coroutine<T> coroutine)
    {
        refuse_if_unusable();  // Before it becomes a task.
        return run_until_complete(create_task(std::move(coroutine)));
    }
    template <detail::Awaiter A>
    detail::AwaitResult<A> run_until_complete(A awaiter)
    {
        return run_until_complete(detail::as_coroutine(std::move(awaiter)));
    }

    /// Makes run_forever() return after the tasks that are ready now have run once more.
    /// Does nothing outside run_forever(), as in MicroPython.
    void stop() noexcept;

    /// Cancels every task, lets their cleanup run, drops what is left, and frees the ring.
    /// Harmless when done twice. Throws RuntimeError when the loop is running.
    void close();
    [[nodiscard]] bool is_closed() const noexcept;
    [[nodiscard]] bool is_running() const noexcept;

    /// Sets what is called for the exception of a task that nobody awaits; empty: the default.
    void set_exception_handler(ExceptionHandler handler);
    /// The handler that was set, or an empty one.
    [[nodiscard]] ExceptionHandler get_exception_handler() const;
    /// Prints message, task, place of creation and exception to stderr.
    void default_exception_handler(const ExceptionContext& context);
    /// Calls the handler that was set, else the default.
    void call_exception_handler(const ExceptionContext& context);

    /// The way to this loop from other threads: call_soon_threadsafe(); see loop_handle.hpp.
    /// Throws RuntimeError when the loop is closed, OSError when no descriptor is left.
    [[nodiscard]] LoopHandle handle();

    /// Reports what each task is doing to debug::set_reporter()'s reporter, by default to stderr:
    /// its name, who created it and where, for what it waits, since when, and at which co_await.
    /// May be called from a task. See debug::tasks() for the same as data.
    void dump_tasks();

    /// How long a task may hold the loop before that is reported: "task 'blink' held the loop for
    /// 0.120 s". std::nullopt, the default: 50 ms in debug mode (debug::enabled() when the loop
    /// begins to run), else any time. 0 or less: any time. It counts from the next task on.
    /// Source: CPython, loop.slow_callback_duration.
    void set_slow_callback_duration(std::optional<std::chrono::nanoseconds> duration) noexcept;
    [[nodiscard]] std::optional<std::chrono::nanoseconds> slow_callback_duration() const noexcept;

    /// How the loop waits and on which kernel, with the reason and the cure for each step down:
    /// "io_uring (SINGLE_ISSUER|DEFER_TASKRUN|TASKRUN_FLAG|SUBMIT_ALL) on Linux 6.12.34",
    /// "epoll on Linux 6.12.34, because io_uring_setup is refused: ...", "simulated (seed 0)".
    [[nodiscard]] std::string backend() const;

    /// For the library and its tests.
    explicit Loop(std::unique_ptr<detail::Backend> backend);
    [[nodiscard]] detail::Scheduler& scheduler() noexcept { return *scheduler_; }

private:
    void schedule(detail::TaskState& task);
    void run_until_done(detail::TaskState& task);
    void refuse_if_unusable() const;

    std::unique_ptr<detail::Scheduler> scheduler_;
};

/// This thread's loop; made at the first call. It waits with io_uring, and with epoll where the
/// kernel refuses io_uring or has it with known faults; the environment variable ASYNCIO_BACKEND
/// (uring, epoll or auto) overrides. Throws OSError, with the reason and the cure, when the kernel
/// refuses what it has to be; RuntimeError for another value of ASYNCIO_BACKEND.
[[nodiscard]] Loop& get_event_loop();

/// Closes this thread's loop (see Loop::close()) and gives a new one. The exception handler
/// stays. Throws RuntimeError inside a task, and while the thread's loop is a VirtualLoop's.
Loop& new_event_loop();

}  // namespace asyncio
