#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/fragile_temporary.hpp>
#include <asyncio/detail/thread_call.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace asyncio {

namespace detail {

template <typename F, typename... Args>
Coroutine<std::invoke_result_t<F, Args...>> call_in_thread(F function, Args... args)
{
    const auto call =
        std::make_shared<ThreadCallOf<F, Args...>>(std::move(function), std::move(args)...);
    ThreadCall::start(call);
    co_await ThreadCall::Wait{*call};
    co_return call->take();
}

}  // namespace detail

/// Calls `function(args...)`, which may block, on a thread of a small pool, and gives its result
/// or throws what it threw: `auto text = co_await asyncio::to_thread(read_file, path);`
///
/// The other tasks run meanwhile. Function and arguments are moved to the thread; what they
/// refer to must be safe to use there and outlive the call. If the caller is cancelled, it gets
/// CancelledError at once; a call that has begun runs on, and its result is dropped.
/// Throws std::system_error when no thread can be started.
/// A lambda whose captures have destructors, and an aggregate that has one, need a name first: g++
/// 12 refuses them otherwise. Source: CPython asyncio.to_thread.
template <typename F, typename... Args>
[[nodiscard]] Coroutine<std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>> to_thread(
    F&& function, Args&&... args)
{
    static_assert(!detail::is_fragile_temporary<F>() &&
                      (!detail::is_fragile_temporary<Args>() && ...),
                  "g++ 12 destroys a lambda with captures, or an aggregate, next to a co_await "
                  "twice: give it a name first, and give that");
    return detail::call_in_thread<std::decay_t<F>, std::decay_t<Args>...>(
        std::forward<F>(function), std::forward<Args>(args)...);
}

}  // namespace asyncio
