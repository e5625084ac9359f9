#pragma once

#include <asyncio/detail/await_result.hpp>
#include <asyncio/run.hpp>
#include <asyncio/task.hpp>

#include <type_traits>
#include <utility>

namespace asyncio::detail {

/// The task that an awaitable is, or a new task for it.
template <typename T>
[[nodiscard]] Task<T> promote(Task<T> task, std::source_location)
{
    return task;
}
template <typename T>
[[nodiscard]] Task<T> promote(Coroutine<T> coroutine, std::source_location where)
{
    return create_task(std::move(coroutine), CallPlace{where});
}
template <Awaitable A>
[[nodiscard]] Task<AwaitResult<A>> promote(A awaitable, std::source_location where)
{
    return create_task(as_coroutine(std::move(awaitable)), CallPlace{where});
}

}  // namespace asyncio::detail
