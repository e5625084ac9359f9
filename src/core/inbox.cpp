#include "core/inbox.hpp"

#include "core/eventfd_read.hpp"

#include <asyncio/errors.hpp>

#include <atomic>
#include <cerrno>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace asyncio::detail {
namespace {

/// In place of the newest message: the inbox is closed.
class Closed final : public Message {
public:
    void deliver() noexcept override {}
    void discard() noexcept override {}
};

Message* closed() noexcept
{
    static Closed mark;
    return &mark;
}

}  // namespace

Inbox::Inbox() : descriptor_{::eventfd(0, EFD_CLOEXEC)}
{
    if (descriptor_ < 0) {
        throw_errno(errno, "make an eventfd for an event loop");
    }
}

Inbox::~Inbox() { ::close(descriptor_); }

bool Inbox::post(Message& message) noexcept
{
    Message* newest = newest_.load(std::memory_order_relaxed);
    do {
        if (newest == closed()) {
            return false;
        }
        message.next_ = newest;
    } while (!newest_.compare_exchange_weak(newest, &message, std::memory_order_release,
                                            std::memory_order_relaxed));
    if (newest == nullptr) {
        poke();
    }
    return true;
}

void Inbox::poke() noexcept
{
    const std::uint64_t one = 1;
    // Fails only when 2^64 - 2 pokes were not read: then the loop wakes anyway.
    [[maybe_unused]] const ssize_t written = ::write(descriptor_, &one, sizeof one);
}

Message* Inbox::take_all(Message* rest) noexcept
{
    if (newest_.load(std::memory_order_relaxed) == closed()) {
        return nullptr;  // For ever: only this thread closes it.
    }
    Message* newest = newest_.exchange(rest, std::memory_order_acquire);
    Message* oldest = nullptr;
    while (newest != nullptr) {
        Message* const older = newest->next_;
        newest->next_ = oldest;
        oldest = std::exchange(newest, older);
    }
    return oldest;
}

void Inbox::deliver_all() noexcept
{
    for (Message* message = take_all(nullptr); message != nullptr;) {
        std::exchange(message, message->next_)->deliver();
    }
}

void Inbox::close() noexcept
{
    for (Message* message = take_all(closed()); message != nullptr;) {
        std::exchange(message, message->next_)->discard();
    }
}

InboxReader::InboxReader() : Operation{Kind::read}, inbox_{std::make_shared<Inbox>()}
{
    descriptor = inbox_->descriptor();
    buffer = reinterpret_cast<std::byte*>(&count_);
    length = sizeof count_;
}

void InboxReader::listen(Backend& backend)
{
    if (idle()) {
        backend_ = &backend;
        backend.start(*this, Ref<RefCounted>{this});
    }
}

std::shared_ptr<Inbox> InboxReader::handle()
{
    std::shared_ptr<Inbox> handle = handles_.lock();
    if (!handle) {
        // With the last copy the loop wakes once, and sees that it need not listen any more.
        handle = {inbox_.get(), [inbox = inbox_](Inbox*) { inbox->poke(); }};
        handles_ = handle;
    }
    return handle;
}

void InboxReader::complete(const Completion& completion) noexcept
{
    // Who has a handle may post until it is gone: so look before, and what was posted by the last
    // handle is delivered here. The fence pairs with the release of its share.
    const bool somebody_may_post = !handles_.expired();
    std::atomic_thread_fence(std::memory_order_acquire);
    inbox_->deliver_all();
    if (completion.result == -ECANCELED || (inbox_->expected == 0 && !somebody_may_post)) {
        return;
    }
    error_ = read_failure(completion);
    if (error_ == 0) {  // Else listening again would end at once, again and again.
        listen(*backend_);
    }
}

}  // namespace asyncio::detail
