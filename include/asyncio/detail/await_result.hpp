#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/task.hpp>

#include <type_traits>
#include <utility>

namespace asyncio::detail {

/// What `co_await awaitable` gives.
template <typename A>
struct AwaitResultOf {};
template <typename A>
    requires requires(A& awaiter) { awaiter.await_resume(); }
struct AwaitResultOf<A> {
    using type = decltype(std::declval<A&>().await_resume());
};
template <typename T>
struct AwaitResultOf<Coroutine<T>> {
    using type = T;
};
template <typename T>
struct AwaitResultOf<Task<T>> {
    using type = T;
};
template <>
struct AwaitResultOf<AnyTask> {
    using type = void;
};
template <typename A>
using AwaitResult = typename AwaitResultOf<A>::type;

/// A coroutine, a task, or an awaiter such as sleep() and Event::wait().
template <typename A>
concept Awaitable = std::is_object_v<A> && requires { typename AwaitResultOf<A>::type; };

/// An awaiter: what co_await can be given, and is neither a coroutine nor a task.
template <typename A>
concept Awaiter = Awaitable<A> && requires(A& awaiter) { awaiter.await_resume(); };

/// A coroutine around an awaiter, so that it can become a task.
template <Awaitable A>
Coroutine<AwaitResult<A>> as_coroutine(A awaitable)
{
    if constexpr (Awaiter<A>) {
        co_return co_await awaitable;  // Where it lies: g++ would move it into the frame once more.
    } else {
        co_return co_await std::move(awaitable);
    }
}

}  // namespace asyncio::detail
