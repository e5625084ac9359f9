#include "core/backend.hpp"

#include <asyncio/errors.hpp>

#include <atomic>
#include <cassert>
#include <pthread.h>
#include <utility>

namespace asyncio::detail {

Backend::Backend()
{
    [[maybe_unused]] static const int registered =
        ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
    process_ = forks.load(std::memory_order_relaxed);
}

Backend::~Backend() { assert(in_flight_ == 0 && "drain() comes first"); }

std::uint64_t Backend::next_number() noexcept
{
    static std::atomic<std::uint64_t> made{0};
    return ++made;
}

void Backend::refuse()
{
    throw RuntimeError{"cannot use the event loop of the parent process after fork(): "
                       "call new_event_loop() in the child"};
}

void Backend::start(Operation& operation, Ref<RefCounted> owner)
{
    assert(operation.idle());
    refuse_after_fork();
    operation.state_ = Operation::State::in_flight;
    operation.owner_ = std::move(owner);
    operation.previous_ = nullptr;
    operation.next_ = first_;
    if (first_ != nullptr) {
        first_->previous_ = &operation;
    }
    first_ = &operation;
    ++in_flight_;
    in_background_ += operation.background ? 1 : 0;
    do_start(operation);
}

void Backend::cancel(Operation& operation)
{
    if (operation.state_ == Operation::State::idle) {
        return;
    }
    if (forked()) {
        (void)end(operation);
    } else if (operation.state_ == Operation::State::in_flight) {
        operation.state_ = Operation::State::cancelling;
        ++cancelling_;
        do_cancel(operation);
    }
}

void Backend::completed(Operation& operation, const Completion& completion) noexcept
{
    assert(!operation.idle());
    Ref<RefCounted> owner;
    if (!completion.more) {
        owner = end(operation);  // complete() may start it again.
    }
    operation.complete(completion);
}

Ref<RefCounted> Backend::end(Operation& operation) noexcept
{
    (operation.previous_ != nullptr ? operation.previous_->next_ : first_) = operation.next_;
    if (operation.next_ != nullptr) {
        operation.next_->previous_ = operation.previous_;
    }
    --in_flight_;
    in_background_ -= operation.background ? 1 : 0;
    cancelling_ -= operation.state_ == Operation::State::cancelling ? 1 : 0;
    operation.state_ = Operation::State::idle;
    return std::move(operation.owner_);
}

void Backend::drain()
{
    while (first_ != nullptr && forked()) {
        cancel(*first_);
    }
    while (in_flight_ > 0) {
        for (Operation* operation = first_; operation != nullptr; operation = operation->next_) {
            cancel(*operation);
        }
        wait(std::nullopt);
        dispatch();
    }
}

}  // namespace asyncio::detail
