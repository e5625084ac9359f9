#pragma once

#include <asyncio/detail/awaiting.hpp>
#include <asyncio/detail/context.hpp>
#include <asyncio/detail/outcome.hpp>
#include <asyncio/detail/task_state.hpp>
#include <asyncio/errors.hpp>

#include <coroutine>
#include <exception>
#include <source_location>
#include <utility>

namespace asyncio {

template <typename T>
class Coroutine;

namespace detail {

template <typename T>
class Promise;

/// What the promises of all coroutines share: who goes on when this one ends.
class PromiseBase : public Call {
public:
    /// Awaiter of final_suspend(): hands over to the awaiting frame, or ends the task.
    class Final {
    public:
        [[nodiscard]] bool await_ready() const noexcept { return false; }
        template <typename P>
        void await_suspend(std::coroutine_handle<P> ending) const noexcept
        {
            const PromiseBase& promise = ending.promise();
            if (promise.caller() != nullptr) {
                context.transfer = promise.caller()->frame();
            } else {
                context.running->ended(promise.failed_, promise.cancelled_);
            }
        }
        void await_resume() const noexcept {}
    };

    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] Final final_suspend() const noexcept { return {}; }

protected:
    using Call::Call;

    bool failed_ = false;  // It ended with an exception ...
    bool cancelled_ = false;  // ... which is a CancelledError.
};

/// Stores the result where whoever started the coroutine wants it.
template <typename T>
class PromiseOf : public PromiseBase {
public:
    /// Another coroutine awaits this one: it goes on afterwards, with the result.
    void start(Awaiting awaiting, Outcome<T>& outcome) noexcept
    {
        called(&awaiting.call(), awaiting.where());
        outcome_ = &outcome;
    }
    /// It becomes a task.
    void start(std::source_location where, Outcome<T>& outcome) noexcept
    {
        called(nullptr, where);
        outcome_ = &outcome;
    }

    void unhandled_exception() noexcept
    {
        failed_ = true;
        cancelled_ = handling_cancelled_error();
        outcome_->set_exception(std::current_exception());
    }

    static void* operator new(std::size_t size) { return FrameHeader<T>::allocate(size); }
    static void operator delete(void* frame) noexcept { FrameHeader<T>::deallocate(frame); }

protected:
    using PromiseBase::PromiseBase;

    Outcome<T>* outcome_ = nullptr;
};

template <typename T>
class Promise final : public PromiseOf<T> {
public:
    Promise(std::source_location where = std::source_location::current()) noexcept
        : PromiseOf<T>{where}
    {
    }

    Coroutine<T> get_return_object() noexcept;

    template <typename U = T>
        requires std::is_constructible_v<T, U&&>
    void return_value(U&& value)
    {
        this->outcome_->set_value(std::forward<U>(value));
    }
};

template <>
class Promise<void> final : public PromiseOf<void> {
public:
    Promise(std::source_location where = std::source_location::current()) noexcept
        : PromiseOf<void>{where}
    {
    }

    Coroutine<void> get_return_object() noexcept;
    void return_void() { outcome_->set_value(); }
};

template <typename T>
class CoroutineAwaiter;

/// A coroutine dies that was not started: reported in debug mode.
void never_awaited(const Call& coroutine) noexcept;

}  // namespace detail

/// What an async function returns: `Coroutine<int> answer() { co_return 42; }`.
///
/// It is lazy: nothing runs until it is awaited, or given to create_task(), run(), gather() or
/// wait_for(). `co_await answer()` runs it inside the awaiting task, as a plain call does: no
/// task, no turn of the loop. It is awaited once, as a temporary or with std::move().
///
/// Take parameters by value: a reference would outlive what it refers to. Its thread is the
/// loop's. Source: MicroPython's `async def`.
template <typename T = void>
class [[nodiscard]] Coroutine {
    static_assert(!std::is_reference_v<T>, "return a pointer or a value");

public:
    using promise_type = detail::Promise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    Coroutine(Coroutine&& other) noexcept : frame_{std::exchange(other.frame_, nullptr)} {}
    Coroutine& operator=(Coroutine&& other) noexcept
    {
        std::swap(frame_, other.frame_);
        return *this;
    }
    ~Coroutine()
    {
        if (frame_) {
            detail::never_awaited(frame_.promise());
            frame_.destroy();
        }
    }

    /// Runs the coroutine in the awaiting task and gives its result, or throws what it threw.
    /// Throws RuntimeError if it was awaited or moved from before.
    [[nodiscard]] detail::CoroutineAwaiter<T> operator co_await() &&;

    /// For the library: gives up the frame; the caller destroys it. Null if it is gone.
    [[nodiscard]] Handle release() noexcept { return std::exchange(frame_, nullptr); }

private:
    friend promise_type;

    explicit Coroutine(Handle frame) noexcept : frame_{frame} {}

    Handle frame_;
};

namespace detail {

/// Awaiter of a Coroutine: owns its frame while it runs, and receives its result.
template <typename T>
class CoroutineAwaiter {
public:
    explicit CoroutineAwaiter(typename Coroutine<T>::Handle frame) : frame_{frame}
    {
        if (!frame_) {
            throw RuntimeError{"cannot await a coroutine twice"};
        }
    }
    CoroutineAwaiter(const CoroutineAwaiter&) = delete;
    CoroutineAwaiter& operator=(const CoroutineAwaiter&) = delete;
    ~CoroutineAwaiter() { frame_.destroy(); }

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(Awaiting awaiting) noexcept
    {
        frame_.promise().start(awaiting, outcome_);
        context.transfer = frame_;
    }
    T await_resume() { return outcome_.take(); }

private:
    typename Coroutine<T>::Handle frame_;
    Outcome<T> outcome_;
};

template <typename T>
Coroutine<T> Promise<T>::get_return_object() noexcept
{
    return Coroutine<T>{Coroutine<T>::Handle::from_promise(*this)};
}

inline Coroutine<void> Promise<void>::get_return_object() noexcept
{
    return Coroutine<void>{Coroutine<void>::Handle::from_promise(*this)};
}

}  // namespace detail

template <typename T>
detail::CoroutineAwaiter<T> Coroutine<T>::operator co_await() &&
{
    return detail::CoroutineAwaiter<T>{release()};
}

}  // namespace asyncio
