#pragma once

namespace asyncio::detail {

/// What another thread asks the loop to do. See Inbox.
class Message {
public:
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

    /// Does it, on the loop's thread; the message may be gone afterwards.
    virtual void deliver() noexcept = 0;

    /// The loop is closed: the same without doing it. On the thread that closes the loop.
    virtual void discard() noexcept = 0;

protected:
    Message() = default;
    ~Message() = default;

private:
    friend class Inbox;

    Message* next_ = nullptr;
};

}  // namespace asyncio::detail
