#include <asyncio/thread_safe_flag.hpp>

#include "core/backend.hpp"
#include "core/eventfd_read.hpp"

#include <asyncio/errors.hpp>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace asyncio {

/// The flag itself and the read of its eventfd, which may outlive the ThreadSafeFlag object.
///
/// The atomic is the flag; the eventfd only wakes the loop. What set() has written while nobody
/// waited makes one later read return early, which then finds the flag down and reads again.
class ThreadSafeFlag::State final : public detail::RefCounted, public detail::Operation {
public:
    State() : Operation{Kind::read}
    {
        descriptor = ::eventfd(0, EFD_CLOEXEC);
        if (descriptor < 0) {
            detail::throw_errno(errno, "make an eventfd for a ThreadSafeFlag");
        }
        buffer = reinterpret_cast<std::byte*>(&count_);
        length = sizeof count_;
    }
    ~State() override { ::close(descriptor); }

    void set() noexcept
    {
        const int saved = errno;
        set_.store(true, std::memory_order_release);
        const std::uint64_t one = 1;
        // Fails only when 2^64 - 2 sets were not read: then the loop wakes anyway.
        [[maybe_unused]] const ssize_t written = ::write(descriptor, &one, sizeof one);
        errno = saved;
    }
    [[nodiscard]] bool take() noexcept { return set_.exchange(false, std::memory_order_acquire); }
    [[nodiscard]] bool is_set() const noexcept { return set_.load(std::memory_order_acquire); }

    void read()
    {
        if (idle()) {
            backend_ = &detail::running_backend();
            backend_->start(*this, detail::Ref<RefCounted>{this});
        }
    }
    void stop() noexcept
    {
        if (!idle()) {
            backend_->cancel(*this);
        }
    }

    void complete(const detail::Completion& completion) noexcept override
    {
        if (waiter_ == nullptr) {
            return;
        }
        if (!is_set()) {
            error_ = detail::read_failure(completion);
        }
        if (is_set() || error_ != 0 || completion.result == -ECANCELED) {
            std::exchange(waiter_, nullptr)->wake();
        } else {
            read();
        }
    }

private:
    friend class ThreadSafeFlag::Wait;

    std::atomic<bool> set_{false};
    static_assert(std::atomic<bool>::is_always_lock_free);
    std::uint64_t count_ = 0;
    Wait* waiter_ = nullptr;
    int error_ = 0;  // Of the read, for who waits.
    detail::Backend* backend_ = nullptr;  // Where the read is in flight.
};

ThreadSafeFlag::ThreadSafeFlag() : state_{detail::make_ref<State>()} {}

ThreadSafeFlag::~ThreadSafeFlag() { state_->stop(); }

void ThreadSafeFlag::set() noexcept { state_->set(); }

void ThreadSafeFlag::clear() noexcept { (void)state_->take(); }

ThreadSafeFlag::Wait ThreadSafeFlag::wait() noexcept { return Wait{*state_}; }

ThreadSafeFlag::Wait::~Wait()
{
    if (state_.waiter_ == this) {
        state_.waiter_ = nullptr;
    }
}

bool ThreadSafeFlag::Wait::await_ready() noexcept { return state_.take(); }

void ThreadSafeFlag::Wait::await_suspend(Awaiting awaiting)
{
    if (state_.waiter_ != nullptr) {
        throw RuntimeError{"another task waits for the ThreadSafeFlag already"};
    }
    waited_ = true;
    state_.waiter_ = this;
    suspend(awaiting);
    state_.read();
}

void ThreadSafeFlag::Wait::await_resume()
{
    if (waited_) {
        throw_if_cancelled();
        const int error = std::exchange(state_.error_, 0);
        if (!state_.take() && error != 0) {
            detail::throw_errno(error, "wait for a ThreadSafeFlag");
        }
    }
}

void ThreadSafeFlag::Wait::interrupt() noexcept
{
    // The read stays in flight: it holds nothing of this frame, and the next wait uses it.
    state_.waiter_ = nullptr;
    wake();
}

}  // namespace asyncio
