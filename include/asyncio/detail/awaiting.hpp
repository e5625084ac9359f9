#pragma once

#include <concepts>
#include <coroutine>
#include <source_location>

namespace asyncio::detail {

/// The part of every promise that links the coroutine to the one that awaits it: who goes on when
/// it ends, and what asyncio::debug follows from the innermost coroutine of a task outwards. It
/// must be the first base of the promise: its address is the promise's.
class Call {
public:
    /// The coroutine that awaits this one; null: it is the outermost of a task.
    [[nodiscard]] const Call* caller() const noexcept { return caller_; }
    /// Where the coroutine is awaited or became a task; before that, where it is defined.
    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

    /// The frame of this coroutine.
    [[nodiscard]] std::coroutine_handle<> frame() const noexcept
    {
        return std::coroutine_handle<Call>::from_promise(const_cast<Call&>(*this));
    }

protected:
    explicit Call(std::source_location where) noexcept : where_{where} {}
    ~Call() = default;

    void called(const Call* caller, std::source_location where) noexcept
    {
        caller_ = caller;
        where_ = where;
    }

private:
    const Call* caller_ = nullptr;
    std::source_location where_;
};

/// The coroutine that awaits, and where it does: the parameter of every await_suspend().
///
/// The compiler converts its handle to this, and so gives away the line of the `co_await`.
class Awaiting {
public:
    template <typename P>
    Awaiting(std::coroutine_handle<P> frame,
             std::source_location where = std::source_location::current()) noexcept
        : call_{&frame.promise()}, where_{where}
    {
        static_assert(std::derived_from<P, Call>,
                      "only an asyncio::Coroutine or asyncio::Generator can await this");
        static_assert(alignof(P) == alignof(Call), "Call::frame() finds the frame by it");
    }

    [[nodiscard]] const Call& call() const noexcept { return *call_; }
    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

private:
    const Call* call_;
    std::source_location where_;
};

/// `const auto where = co_await CallSite{};` gives the place where the coroutine is awaited.
class CallSite {
public:
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    bool await_suspend(Awaiting awaiting) noexcept
    {
        where_ = awaiting.call().where();
        return false;
    }
    [[nodiscard]] std::source_location await_resume() const noexcept { return where_; }

private:
    std::source_location where_;
};

}  // namespace asyncio::detail
