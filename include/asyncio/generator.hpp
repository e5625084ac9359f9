#pragma once

#include <asyncio/detail/awaiting.hpp>
#include <asyncio/detail/context.hpp>
#include <asyncio/detail/frame_pool.hpp>
#include <asyncio/errors.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace asyncio {

/// What an async generator returns: a coroutine that yields values and may await in between.
///
///     asyncio::Generator<int> count(int n)
///     {
///         for (int i = 0; i < n; ++i) {
///             co_await asyncio::sleep_ms(10);
///             co_yield i;
///         }
///     }
///
///     auto numbers = count(3);
///     auto number = co_await numbers.next();
///     while (number) {
///         use(*number);
///         number = co_await numbers.next();
///     }
///
/// Write the loop like this: some compilers translate `while (auto number = co_await ...)`
/// wrongly. The generator is lazy and runs inside the task that awaits next(), as a plain call
/// does; what it throws, next() throws. Destroying it where it yielded runs the destructors of
/// its local objects (CPython's aclose(), which may also await).
///
/// Move-only. Take parameters by value. Its thread is the loop's.
/// Source: CPython, asynchronous generator functions (PEP 525).
template <typename T>
class [[nodiscard]] Generator {
    static_assert(std::is_object_v<T>, "yield a pointer or a value");

public:
    class promise_type;
    class Next;
    using Handle = std::coroutine_handle<promise_type>;

    Generator(Generator&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} { own(); }
    Generator& operator=(Generator&& other) noexcept
    {
        std::swap(frame_, other.frame_);
        own();
        other.own();
        return *this;
    }
    ~Generator();

    /// Runs the generator up to its next `co_yield` and gives the value; std::nullopt when it
    /// has ended, also when asked again.
    ///
    /// Throws what the generator throws, CancelledError too: then it has ended. Throws
    /// RuntimeError when another task is waiting for its next value. A next() that is dropped
    /// while it waits ends the generator. Requires: the generator outlives the wait.
    [[nodiscard]] Next next() noexcept { return Next{frame_}; }

private:
    explicit Generator(Handle frame) noexcept : frame_{frame} { own(); }

    void own() noexcept;

    Handle frame_;
};

template <typename T>
class Generator<T>::promise_type : public detail::Call {
public:
    /// Awaiter of co_yield and of the end: hands over to the frame that awaits next().
    class HandOver {
    public:
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        void await_suspend(Handle yielding) const noexcept
        {
            promise_type& promise = yielding.promise();
            promise.next_ = nullptr;
            detail::context.transfer = promise.caller()->frame();
        }
        void await_resume() const noexcept {}
    };

    promise_type(std::source_location where = std::source_location::current()) noexcept
        : Call{where}
    {
    }

    [[nodiscard]] Generator get_return_object() noexcept
    {
        return Generator{Handle::from_promise(*this)};
    }
    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] HandOver final_suspend() const noexcept { return {}; }
    template <typename U = T>
        requires std::is_constructible_v<T, U&&>
    HandOver yield_value(U&& value)
    {
        next_->value_.emplace(std::forward<U>(value));
        return {};
    }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { next_->exception_ = std::current_exception(); }

    static void* operator new(std::size_t size) { return detail::allocate_frame(size); }
    static void operator delete(void* frame, std::size_t size) noexcept
    {
        detail::free_frame(frame, size);
    }

private:
    friend class Generator;

    Generator* owner_ = nullptr;
    Next* next_ = nullptr;  // While it runs: where the value goes.
};

/// Awaiter of Generator::next().
template <typename T>
class Generator<T>::Next {
public:
    explicit Next(Handle frame) noexcept : frame_{frame} {}
    Next(Next&& other) noexcept : frame_{other.frame_} {}
    Next& operator=(Next&&) = delete;
    ~Next()
    {
        if (running_) {
            // The task is dropped while it is inside the generator, whose frame would be left
            // waiting for nobody.
            frame_.promise().owner_->frame_ = nullptr;
            frame_.destroy();
        }
    }

    [[nodiscard]] bool await_ready() const noexcept { return !frame_ || frame_.done(); }
    void await_suspend(detail::Awaiting awaiting)
    {
        promise_type& promise = frame_.promise();
        if (promise.next_ != nullptr) {
            throw RuntimeError{"the generator is already running, for another task"};
        }
        promise.next_ = this;
        promise.called(&awaiting.call(), awaiting.where());
        running_ = true;
        detail::context.transfer = frame_;
    }
    std::optional<T> await_resume()
    {
        running_ = false;
        if (exception_) {
            std::rethrow_exception(std::exchange(exception_, nullptr));
        }
        return std::move(value_);
    }

private:
    friend class promise_type;

    Handle frame_;
    bool running_ = false;
    std::optional<T> value_;
    std::exception_ptr exception_;
};

template <typename T>
Generator<T>::~Generator()
{
    if (frame_) {
        frame_.destroy();
    }
}

template <typename T>
void Generator<T>::own() noexcept
{
    if (frame_) {
        frame_.promise().owner_ = this;
    }
}

}  // namespace asyncio
