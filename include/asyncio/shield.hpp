#pragma once

#include <asyncio/detail/awaitable.hpp>

#include <source_location>
#include <utility>

namespace asyncio {

namespace detail {

/// Awaiter of shield(): waits for a task without passing a cancel on to it.
class Shield : public Join {
public:
    using Join::Join;

    [[nodiscard]] TaskState* awaited() const noexcept override;
    [[nodiscard]] const char* what() const noexcept override;

protected:
    Shield(Shield&&) noexcept = default;
    ~Shield() = default;
};

/// The same, with the task's result.
template <typename T>
class ShieldOf final : public Shield {
public:
    using Shield::Shield;
    ShieldOf(ShieldOf&&) noexcept = default;

    T await_resume()
    {
        Join::await_resume();
        return JoinOf<T>{Ref<TaskState>{&task()}}.await_resume();
    }
};

}  // namespace detail

/// Protects the awaitable from a cancel of whoever awaits it:
/// `auto saved = co_await asyncio::shield(save(file));`
///
/// If the awaiting task is cancelled, it gets CancelledError, but the awaitable goes on: a
/// coroutine or an awaiter becomes a task at once. Keep a handle to see its end -
/// `auto task = create_task(save(file)); co_await shield(task);` - else its failure goes to the
/// loop's exception handler. If the awaitable itself is cancelled, CancelledError is thrown too.
/// Source: CPython asyncio.shield.
template <detail::Awaitable A>
[[nodiscard]] detail::ShieldOf<detail::AwaitResult<A>> shield(
    A awaitable, std::source_location where = std::source_location::current())
{
    using T = detail::AwaitResult<A>;
    return detail::ShieldOf<T>{detail::promote(std::move(awaitable), where).shared_state()};
}

}  // namespace asyncio
