#include <asyncio/condition.hpp>

#include <asyncio/errors.hpp>

#include <utility>

namespace asyncio {

/// Awaiter: waits for a notification. It does not throw: await_resume() says whether the task
/// was cancelled.
class Condition::Notified final : public detail::WaitQueue::Waiter {
public:
    explicit Notified(Condition& condition) noexcept : condition_{condition} {}
    ~Notified()
    {
        if (notified_) {
            condition_.wake(1);  // The task is cancelled or dropped, and this is not for it.
        }
    }

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(Awaiting awaiting) noexcept { wait(condition_.waiting_, awaiting); }
    [[nodiscard]] bool await_resume() noexcept { return take_cancel(); }
    [[nodiscard]] const char* what() const noexcept override { return "condition"; }

    /// The notification was for us, and we make use of it.
    void accept() noexcept { notified_ = false; }

private:
    friend class Condition;

    Condition& condition_;
    bool notified_ = false;
};

namespace {

/// Takes the lock whatever happens; gives whether the task was cancelled meanwhile.
Coroutine<bool> acquire_in_any_case(Lock* lock)
{
    bool cancelled = false;
    for (;;) {
        try {
            co_await lock->acquire();
            break;
        } catch (const CancelledError&) {
            cancelled = true;
        }
    }
    co_return cancelled;
}

}  // namespace

Coroutine<bool> Condition::wait()
{
    if (!locked()) {
        throw RuntimeError{"cannot wait on an un-acquired lock"};
    }
    lock_.release();
    Notified notified{*this};
    const bool cancelled = co_await notified;
    const bool cancelled_again = co_await acquire_in_any_case(&lock_);
    if (cancelled || cancelled_again) {
        throw CancelledError{};
    }
    notified.accept();
    co_return true;
}

void Condition::notify(std::size_t n)
{
    if (!locked()) {
        throw RuntimeError{"cannot notify on an un-acquired lock"};
    }
    wake(n);
}

void Condition::wake(std::size_t n) noexcept
{
    for (; n > 0 && !waiting_.empty(); --n) {
        static_cast<Notified&>(waiting_.wake_first()).notified_ = true;
    }
}

}  // namespace asyncio
