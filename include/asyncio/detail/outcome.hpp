#pragma once

#include <exception>
#include <type_traits>
#include <utility>
#include <variant>

namespace asyncio::detail {

/// How a coroutine ended: not yet, with a value, or with an exception.
template <typename T>
class Outcome {
public:
    using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

    [[nodiscard]] bool empty() const noexcept { return state_.index() == 0; }
    [[nodiscard]] std::exception_ptr exception() const noexcept
    {
        return state_.index() == 2 ? std::get<2>(state_) : nullptr;
    }

    template <typename... Args>
    void set_value(Args&&... args)
    {
        state_.template emplace<1>(std::forward<Args>(args)...);
    }
    void set_exception(std::exception_ptr exception) noexcept
    {
        state_.template emplace<2>(std::move(exception));
    }

    /// The value, to read or to move from; throws the exception if there is one.
    [[nodiscard]] Value& value()
    {
        if (state_.index() == 2) {
            std::rethrow_exception(std::get<2>(state_));
        }
        return std::get<1>(state_);
    }

    /// Moves the value out; throws the exception if there is one.
    T take()
    {
        if constexpr (std::is_void_v<T>) {
            (void)value();
        } else {
            return std::move(value());
        }
    }

private:
    std::variant<std::monostate, Value, std::exception_ptr> state_;
};

}  // namespace asyncio::detail
