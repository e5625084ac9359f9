#pragma once

#include "core/backend.hpp"

#include <asyncio/detail/message.hpp>
#include <asyncio/errors.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace asyncio::detail {

/// Where other threads leave messages for a loop: a lock-free list, and an eventfd that wakes
/// the loop when the list was empty before.
///
/// It is shared by the loop and by whoever may post, so it may outlive the loop.
class Inbox {
public:
    /// Throws OSError when no descriptor is left.
    Inbox();
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;
    ~Inbox();

    /// Leaves a message; false when the loop is closed: then it is still the caller's. Any thread.
    [[nodiscard]] bool post(Message& message) noexcept;

    /// Wakes the loop without a message. Any thread.
    void poke() noexcept;

    // The rest is for the loop's thread.

    /// Delivers what is there, in the order in which it was posted.
    void deliver_all() noexcept;

    /// Discards what is there; from now on nothing can be posted.
    void close() noexcept;

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    std::size_t expected = 0;  ///< So many messages are sure to come.

private:
    /// What is in the list, oldest first; leaves `rest` in its place.
    [[nodiscard]] Message* take_all(Message* rest) noexcept;

    std::atomic<Message*> newest_{nullptr};
    int descriptor_;
};

/// The read that wakes the loop: in flight while somebody may post.
class InboxReader final : public RefCounted, private Operation {
public:
    InboxReader();

    /// Listens from now on, if it does not yet.
    void listen(Backend& backend);

    /// For a LoopHandle: the loop listens while a copy of it lives.
    [[nodiscard]] std::shared_ptr<Inbox> handle();

    [[nodiscard]] const std::shared_ptr<Inbox>& inbox() const noexcept { return inbox_; }

    /// Throws OSError, once, when it cannot listen any more.
    void throw_if_deaf()
    {
        if (error_ != 0) [[unlikely]] {
            throw_errno(std::exchange(error_, 0), "hear other threads");
        }
    }

private:
    void complete(const Completion& completion) noexcept override;

    std::shared_ptr<Inbox> inbox_;
    std::weak_ptr<Inbox> handles_;  // What handle() gave, while anybody has it.
    std::uint64_t count_ = 0;
    Backend* backend_ = nullptr;
    int error_ = 0;
};

}  // namespace asyncio::detail
