#pragma once

#include <string_view>
#include <type_traits>

namespace asyncio::detail {

/// Is T the type of a lambda expression, or made of one?
template <typename T>
[[nodiscard]] consteval bool is_lambda() noexcept
{
    const std::string_view name = __PRETTY_FUNCTION__;
    return name.find("<lambda") != name.npos || name.find("(lambda") != name.npos;
}

/// Would g++ 12 destroy an argument of this type (as in a forwarding reference F&&) twice, if it is
/// made in the same full expression as a co_await? That are lambdas with captures, and aggregates,
/// that have something to destroy. A function that is made to be awaited refuses them; a named
/// object may be given, which is copied. Source: GCC PR 100611, 99576, 101976.
template <typename F>
[[nodiscard]] consteval bool is_fragile_temporary() noexcept
{
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    return !std::is_lvalue_reference_v<F> && !std::is_trivially_destructible_v<F> &&
           (std::is_aggregate_v<F> || is_lambda<F>());
#else
    return false;
#endif
}

}  // namespace asyncio::detail
