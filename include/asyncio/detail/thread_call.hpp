#pragma once

#include <asyncio/detail/message.hpp>
#include <asyncio/detail/outcome.hpp>
#include <asyncio/detail/suspension.hpp>

#include <atomic>
#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace asyncio::detail {

class Inbox;

/// A call on a thread of the pool, and the task that waits for it.
///
/// The thread and the task share it. The task may give up; then the result is dropped on the
/// loop's thread, and a call that has not begun does not begin.
class ThreadCall : private Message {
public:
    class Wait;

    /// Hands the call to the pool; from a task. Throws std::system_error if it has no thread.
    static void start(const std::shared_ptr<ThreadCall>& call);

protected:
    ThreadCall() = default;
    virtual ~ThreadCall() = default;

    /// Calls the function and keeps what comes out. On a thread of the pool.
    virtual void perform() noexcept = 0;

private:
    static void run(std::shared_ptr<ThreadCall> call) noexcept;
    void deliver() noexcept override;
    void discard() noexcept override;

    std::shared_ptr<Inbox> inbox_;
    std::shared_ptr<ThreadCall> self_;  // Keeps it alive on its way back.
    std::atomic<bool> wanted_{true};
    bool done_ = false;       // The loop's thread knows that it is done.
    Wait* waiter_ = nullptr;  // For the loop's thread only.
};

/// Awaiter: waits until the call is done. When it dies, the result is not wanted any more.
class ThreadCall::Wait final : public Suspension {
public:
    explicit Wait(ThreadCall& call) noexcept : call_{call} {}
    ~Wait();

    [[nodiscard]] bool await_ready() const noexcept { return call_.done_; }
    void await_suspend(Awaiting awaiting) noexcept;
    void await_resume();

    void interrupt() noexcept override;
    [[nodiscard]] const char* what() const noexcept override { return "thread"; }

private:
    friend class ThreadCall;

    ThreadCall& call_;
};

/// The same with the function, its arguments and its result.
template <typename F, typename... Args>
class ThreadCallOf final : public ThreadCall {
public:
    using Value = std::invoke_result_t<F, Args...>;

    explicit ThreadCallOf(F function, Args... args)
        : call_{std::in_place, std::move(function), std::move(args)...}
    {
    }
    ~ThreadCallOf() override = default;

    /// The result; throws what the function threw. After the wait.
    Value take() { return outcome_.take(); }

private:
    void perform() noexcept override
    {
        try {
            const auto invoke = [](F& function, Args&... args) -> Value {
                return std::invoke(std::move(function), std::move(args)...);
            };
            if constexpr (std::is_void_v<Value>) {
                std::apply(invoke, *call_);
                outcome_.set_value();
            } else {
                outcome_.set_value(std::apply(invoke, *call_));
            }
        } catch (...) {
            outcome_.set_exception(std::current_exception());
        }
        call_.reset();
    }

    std::optional<std::tuple<F, Args...>> call_;
    Outcome<Value> outcome_;
};

}  // namespace asyncio::detail
