#pragma once

#include <asyncio/detail/awaitable.hpp>

#include <array>
#include <exception>
#include <source_location>
#include <span>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace asyncio {

/// Tells gather() to give exceptions in place of results: `gather(return_exceptions, a(), b())`.
struct ReturnExceptions {
    explicit ReturnExceptions() = default;
};
inline constexpr ReturnExceptions return_exceptions{};

/// The end of one awaitable of gather(return_exceptions, ...): a value or an exception.
template <typename T>
class Result {
public:
    using Value = typename detail::Outcome<T>::Value;

    explicit Result(Value value) : state_{std::in_place_index<0>, std::move(value)} {}
    explicit Result(std::exception_ptr exception)
        : state_{std::in_place_index<1>, std::move(exception)}
    {
    }

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }

    /// The value (std::monostate for void); throws the exception if there is one.
    [[nodiscard]] const Value& value() const
    {
        if (!has_value()) {
            std::rethrow_exception(std::get<1>(state_));
        }
        return std::get<0>(state_);
    }

    /// The exception (CancelledError too), or null.
    [[nodiscard]] std::exception_ptr exception() const noexcept
    {
        return has_value() ? nullptr : std::get<1>(state_);
    }

private:
    std::variant<Value, std::exception_ptr> state_;
};

namespace detail {

template <typename T>
using Gathered = typename Outcome<T>::Value;

class Gather;

/// One task that a gather() waits for.
class GatherChild final : private Joiner {
public:
    GatherChild() = default;

private:
    friend class Gather;

    void task_ended() noexcept override;

    Ref<TaskState> task_;
    Gather* gather_ = nullptr;
};

/// Awaiter of gather(): waits until all tasks have ended, or the first has failed.
class Gather final : public Suspension {
public:
    Gather(std::span<GatherChild> children, bool exceptions_returned) noexcept
        : children_{children}, exceptions_returned_{exceptions_returned}
    {
    }

    static void set(GatherChild& child, Ref<TaskState> task) { child.task_ = std::move(task); }

    [[nodiscard]] bool await_ready() noexcept;
    void await_suspend(Awaiting awaiting);
    void await_resume();

    void interrupt() noexcept override;
    [[nodiscard]] const char* what() const noexcept override { return "gather"; }
    [[nodiscard]] std::string describe(Time now) const override;

private:
    friend class GatherChild;

    void child_ended(TaskState& task) noexcept;
    void stop_waiting() noexcept;
    [[nodiscard]] bool fails(const TaskState& task) const noexcept;

    std::span<GatherChild> children_;
    std::size_t pending_ = 0;
    Ref<TaskState> failed_;
    bool exceptions_returned_;
    bool waited_ = false;
};

/// The value of a task that has ended; throws its exception.
template <typename T>
Gathered<T> value_of(const Task<T>& task)
{
    if constexpr (std::is_void_v<T>) {
        task.state().mark_retrieved();
        if (task.state().failed()) {
            std::rethrow_exception(task.state().exception());
        }
        return {};
    } else {
        return JoinOf<T>{task.shared_state()}.await_resume();
    }
}

/// The same with the exception in place of the value.
template <typename T>
Result<T> result_of(const Task<T>& task)
{
    task.state().mark_retrieved();
    if (std::exception_ptr exception = task.state().exception()) {
        return Result<T>{std::move(exception)};
    }
    return Result<T>{value_of(task)};
}

}  // namespace detail

/// Runs all awaitables concurrently and gives their results, in the order of the arguments;
/// void results are std::monostate.
///
/// Coroutines and awaiters become tasks when the gather is awaited, in the order of the
/// arguments. Tasks may be awaited and gathered by others too. The first exception is thrown to
/// the caller as soon as it happens; the others run on. Cancelling the calling task cancels
/// all that have not ended and throws CancelledError at once.
/// Source: MicroPython extmod/asyncio/funcs.py, gather.
template <detail::Awaitable... A>
Coroutine<std::tuple<detail::Gathered<detail::AwaitResult<A>>...>> gather(A... awaitables)
{
    [[maybe_unused]] const auto where = co_await detail::CallSite{};
    std::tuple<Task<detail::AwaitResult<A>>...> tasks{
        detail::promote(std::move(awaitables), where)...};
    std::array<detail::GatherChild, sizeof...(A)> children;
    std::apply(
        [&children](const auto&... task) {
            std::size_t i = 0;
            (detail::Gather::set(children[i++], task.shared_state()), ...);
        },
        tasks);
    co_await detail::Gather{children, false};
    co_return std::apply(
        [](const auto&... task) {
            return std::tuple<detail::Gathered<detail::AwaitResult<A>>...>{
                detail::value_of(task)...};
        },
        tasks);
}

/// The same with exceptions (CancelledError too) in place of results: waits for all.
template <detail::Awaitable... A>
Coroutine<std::tuple<Result<detail::AwaitResult<A>>...>> gather(ReturnExceptions, A... awaitables)
{
    [[maybe_unused]] const auto where = co_await detail::CallSite{};
    std::tuple<Task<detail::AwaitResult<A>>...> tasks{
        detail::promote(std::move(awaitables), where)...};
    std::array<detail::GatherChild, sizeof...(A)> children;
    std::apply(
        [&children](const auto&... task) {
            std::size_t i = 0;
            (detail::Gather::set(children[i++], task.shared_state()), ...);
        },
        tasks);
    co_await detail::Gather{children, true};
    co_return std::apply(
        [](const auto&... task) {
            return std::tuple<Result<detail::AwaitResult<A>>...>{detail::result_of(task)...};
        },
        tasks);
}

/// The same for any number of tasks: `gather(std::move(tasks))`.
template <typename T>
Coroutine<std::vector<detail::Gathered<T>>> gather(std::vector<Task<T>> tasks)
{
    std::vector<detail::GatherChild> children(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        detail::Gather::set(children[i], tasks[i].shared_state());
    }
    co_await detail::Gather{children, false};
    std::vector<detail::Gathered<T>> values;
    values.reserve(tasks.size());
    for (const Task<T>& task : tasks) {
        values.push_back(detail::value_of(task));
    }
    co_return values;
}

template <typename T>
Coroutine<std::vector<Result<T>>> gather(ReturnExceptions, std::vector<Task<T>> tasks)
{
    std::vector<detail::GatherChild> children(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        detail::Gather::set(children[i], tasks[i].shared_state());
    }
    co_await detail::Gather{children, true};
    std::vector<Result<T>> results;
    results.reserve(tasks.size());
    for (const Task<T>& task : tasks) {
        results.push_back(detail::result_of(task));
    }
    co_return results;
}

}  // namespace asyncio
