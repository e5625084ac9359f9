#include "core/readable.hpp"

#include "core/backend.hpp"

#include <asyncio/errors.hpp>

#include <poll.h>
#include <string>
#include <utility>

namespace asyncio::detail {

/// The poll operation, and who waits for it.
class Readable::Poll final : public RefCounted, public Operation {
public:
    Poll(Backend& backend, Readable& waiter)
        : Operation{Kind::poll}, backend_{backend}, waiter_{&waiter}
    {
        descriptor = waiter.descriptor_;
        events = POLLIN;
    }

    void start() { backend_.start(*this, Ref<RefCounted>{this}); }
    void cancel() { backend_.cancel(*this); }
    void abandon()
    {
        waiter_ = nullptr;
        cancel();
    }

    void complete(const Completion& completion) noexcept override
    {
        result = completion.result;
        if (waiter_ != nullptr) {
            waiter_->wake();
        }
    }

    int result = 0;

private:
    Backend& backend_;
    Readable* waiter_;  // Null when its frame was dropped.
};

Readable::Readable(int descriptor) noexcept : descriptor_{descriptor} {}

Readable::Readable(Readable&& other) noexcept
    : Suspension{static_cast<Suspension&&>(other)}, descriptor_{other.descriptor_}
{
}

Readable::~Readable()
{
    if (poll_ && suspended()) {
        poll_->abandon();
    }
}

void Readable::await_suspend(Awaiting awaiting)
{
    poll_ = make_ref<Poll>(running_backend(), *this);
    suspend(awaiting);
    poll_->start();
}

void Readable::interrupt() noexcept { poll_->cancel(); }

void Readable::await_resume()
{
    throw_if_cancelled();
    if (poll_->result < 0) {
        throw_errno(-poll_->result, "poll file descriptor " + std::to_string(descriptor_));
    }
}

}  // namespace asyncio::detail
