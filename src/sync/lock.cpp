#include <asyncio/lock.hpp>

#include <asyncio/errors.hpp>

namespace asyncio {

void Lock::release()
{
    if (!locked_ || passing_) {
        throw RuntimeError{"Lock not acquired"};
    }
    pass_on();
}

void Lock::pass_on() noexcept
{
    if (waiting_.empty()) {
        locked_ = passing_ = false;
    } else {
        passing_ = true;
        // It stays locked on its way: nobody can take it before the chosen task runs.
        static_cast<Acquire&>(waiting_.wake_first()).granted_ = true;
    }
}

void Lock::give_back() noexcept
{
    if (locked_ && !passing_) {  // Else some task has released it already.
        pass_on();
    }
}

Lock::Acquire::~Acquire()
{
    if (granted_) {
        lock_.pass_on();  // The frame was dropped before the chosen task ran.
    }
}

void Lock::Acquire::await_suspend(Awaiting awaiting) noexcept
{
    waited_ = true;
    wait(lock_.waiting_, awaiting);
}

bool Lock::Acquire::await_resume()
{
    if (waited_) {
        const bool granted = std::exchange(granted_, false);
        if (take_cancel()) {
            if (granted) {
                lock_.pass_on();
            }
            throw CancelledError{};
        }
        lock_.passing_ = false;
        return true;
    }
    lock_.locked_ = true;
    return true;
}

}  // namespace asyncio
