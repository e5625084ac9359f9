#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/outcome.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/loop.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {

class Inbox;

template <typename T>
inline constexpr bool is_coroutine = false;
template <typename T>
inline constexpr bool is_coroutine<Coroutine<T>> = true;

}  // namespace detail

/// The way to a loop from other threads: what Loop::handle() gives.
///
///     auto loop = asyncio::get_event_loop().handle();
///     std::thread worker{[loop] { loop.call_soon_threadsafe(beep); }};
///
/// Everything here may be called from any thread, also when the loop is closed or gone. While a
/// handle lives, the loop listens: that costs an eventfd, and no wake-up until something comes.
class LoopHandle {
public:
    /// For the library.
    explicit LoopHandle(std::shared_ptr<detail::Inbox> inbox) noexcept : inbox_{std::move(inbox)} {}

    /// Calls `function()` on the loop's thread, soon, as a task of its own; in the order of the
    /// calls of one thread. What it throws goes to the loop's exception handler.
    ///
    /// Not for signal handlers, as it allocates: ThreadSafeFlag::set() is.
    ///
    /// Throws RuntimeError when the loop is closed. If it is closed before the function's turn
    /// comes, the function is destroyed without being called.
    /// Source: CPython loop.call_soon_threadsafe.
    template <std::invocable F>
    void call_soon_threadsafe(F function,
                              std::source_location where = std::source_location::current()) const
    {
        static_assert(!detail::is_coroutine<std::invoke_result_t<F>>,
                      "a coroutine goes to run_coroutine_threadsafe()");
        post(call(std::move(function)), where);
    }

    /// For run_coroutine_threadsafe(): makes the coroutine a task, or throws RuntimeError.
    void post(Coroutine<> coroutine, std::source_location where) const;

private:
    template <typename F>
    static Coroutine<> call(F function)
    {
        std::invoke(function);
        co_return;
    }

    std::shared_ptr<detail::Inbox> inbox_;
};

namespace detail {

/// Runs the coroutine and gives what came out to `give`. From then on the exception, if it is
/// one, belongs to the other thread alone.
template <typename T>
Coroutine<> fulfil(Coroutine<T> coroutine, std::packaged_task<T(Outcome<T>)> give)
{
    Outcome<T> outcome;
    bool cancelled = false;
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(coroutine);
            outcome.set_value();
        } else {
            T value = co_await std::move(coroutine);
            outcome.set_value(std::move(value));
        }
    } catch (...) {
        cancelled = handling_cancelled_error();
        outcome.set_exception(std::current_exception());
    }
    give(std::move(outcome));
    if (cancelled) {
        throw CancelledError{};
    }
}

template <typename T, typename F>
Coroutine<T> call_factory(F factory)
{
    Coroutine<T> coroutine = std::invoke(factory);
    co_return co_await std::move(coroutine);
}

template <typename T>
T result_of_coroutine(const Coroutine<T>&);  // Not defined: for its type.

}  // namespace detail

/// Runs a coroutine as a task of another thread's loop: `future.get()` waits for its result, or
/// throws its exception. Do not wait on the loop's own thread.
///
/// The future gets CancelledError if the task is cancelled, and std::future_error
/// (broken_promise) if the loop is closed before the task begins.
/// Throws RuntimeError when the loop is closed already.
/// Source: CPython asyncio.run_coroutine_threadsafe.
template <typename T>
[[nodiscard]] std::future<T> run_coroutine_threadsafe(
    Coroutine<T> coroutine, const LoopHandle& loop,
    std::source_location where = std::source_location::current())
{
    std::packaged_task<T(detail::Outcome<T>)> give{
        [](detail::Outcome<T> outcome) -> T { return outcome.take(); }};
    std::future<T> future = give.get_future();
    loop.post(detail::fulfil(std::move(coroutine), std::move(give)), where);
    return future;
}

/// The same; `factory()`, which returns the coroutine, is called on the loop's thread too.
template <std::invocable F>
    requires detail::is_coroutine<std::invoke_result_t<F>>
[[nodiscard]] auto run_coroutine_threadsafe(
    F factory, const LoopHandle& loop, std::source_location where = std::source_location::current())
{
    using T = decltype(detail::result_of_coroutine(factory()));
    return run_coroutine_threadsafe(detail::call_factory<T>(std::move(factory)), loop, where);
}

}  // namespace asyncio
