#include <asyncio/semaphore.hpp>

#include <asyncio/errors.hpp>

namespace asyncio {

void Semaphore::release()
{
    if (value_ >= most_) {
        throw RuntimeError{"BoundedSemaphore released too many times"};
    }
    pass_on();
}

void Semaphore::pass_on() noexcept
{
    if (!waiting_.empty()) {
        // It never counts as free on its way: nobody can take it before the chosen task runs.
        static_cast<Acquire&>(waiting_.wake_first()).granted_ = true;
    } else if (value_ < most_) {
        ++value_;
    }
}

Semaphore::Acquire::~Acquire()
{
    if (granted_) {
        semaphore_.pass_on();  // The frame was dropped before the chosen task ran.
    }
}

void Semaphore::Acquire::await_suspend(Awaiting awaiting) noexcept
{
    waited_ = true;
    wait(semaphore_.waiting_, awaiting);
}

bool Semaphore::Acquire::await_resume()
{
    if (!waited_) {
        --semaphore_.value_;
        return true;
    }
    const bool granted = std::exchange(granted_, false);
    if (take_cancel()) {
        if (granted) {
            semaphore_.pass_on();
        }
        throw CancelledError{};
    }
    return true;
}

}  // namespace asyncio
