#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/detail/thread_call.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace asyncio {

/// Calls `function(args...)`, which may block, on a thread of a small pool, and gives its result
/// or throws what it threw: `auto text = co_await asyncio::to_thread(read_file, path);`
///
/// The other tasks run meanwhile. Function and arguments are moved to the thread; what they
/// refer to must be safe to use there and outlive the call. If the caller is cancelled, it gets
/// CancelledError at once; a call that has begun runs on, and its result is dropped.
/// Throws std::system_error when no thread can be started.
/// Source: CPython asyncio.to_thread.
template <typename F, typename... Args>
[[nodiscard]] Coroutine<std::invoke_result_t<F, Args...>> to_thread(F function, Args... args)
{
    const auto call =
        std::make_shared<detail::ThreadCallOf<F, Args...>>(std::move(function), std::move(args)...);
    detail::ThreadCall::start(call);
    co_await detail::ThreadCall::Wait{*call};
    co_return call->take();
}

}  // namespace asyncio
