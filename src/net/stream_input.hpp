#pragma once

#include "core/operation.hpp"
#include "net/byte_queue.hpp"

#include <asyncio/detail/suspension.hpp>

#include <coroutine>

namespace asyncio::detail {

class StreamState;

/// The receiving half of a stream: a buffer, one receive operation, and one task that waits.
///
/// A receive is in flight only since a reader needed more than there was. The reader may leave:
/// what the receive brings then waits in the buffer for the next one.
class StreamInput final : private Operation {
public:
    class Reader;
    class More;

    explicit StreamInput(StreamState& stream) noexcept : Operation{Kind::receive}, stream_{stream}
    {
    }

    [[nodiscard]] ByteQueue& buffer() noexcept { return buffer_; }

    /// Did the peer say that no more will come?
    [[nodiscard]] bool ended() const noexcept { return ended_; }

    /// `co_await input.more();` waits until something has arrived or the stream has ended.
    /// Throws the stream's error, and when the stream is closed.
    [[nodiscard]] More more() noexcept;

    /// The stream closes: wakes the reader and cancels the receive.
    void stop() noexcept;
    /// The same, but what the peer still says is received and thrown away until it ends: a socket
    /// that is closed with unread bytes resets the connection, and what was sent may be lost.
    void discard() noexcept;
    /// Does the kernel hold nothing of it?
    [[nodiscard]] bool at_rest() const noexcept { return idle(); }

private:
    void receive();
    void complete(const Completion& completion) noexcept override;
    void store(const Completion& completion) noexcept;
    void take(std::span<const std::byte> bytes);
    void end() noexcept;
    void note_security() noexcept;
    void forget_reader() noexcept;

    StreamState& stream_;
    ByteQueue buffer_;
    More* waiting_ = nullptr;
    int error_ = 0;  // The errno that ended the stream; kept.
    bool ended_ = false;
    bool read_from_ = false;  // A Reader is there.
    bool discarding_ = false;
};

/// The right to read, from the begin to the end of a read: one task at a time.
class StreamInput::Reader {
public:
    /// Throws RuntimeError if another task reads; OSError (EBADF) if the stream is closed.
    explicit Reader(StreamInput& input);
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { input_.read_from_ = false; }

private:
    StreamInput& input_;
};

/// Awaiter of more().
class StreamInput::More final : public Suspension {
public:
    explicit More(StreamInput& input) noexcept : input_{input} {}
    ~More();

    [[nodiscard]] bool await_ready() const noexcept { return input_.ended_ || input_.error_ != 0; }
    void await_suspend(Awaiting awaiting);
    void await_resume() const;

    void interrupt() noexcept override { stop_waiting(); }
    [[nodiscard]] const char* what() const noexcept override { return "stream"; }
    [[nodiscard]] std::string describe(Time now) const override;

private:
    friend class StreamInput;

    void stop_waiting() noexcept;

    StreamInput& input_;
    bool has_arrived_ = false;  // Something; an error that came with it is for the next more().
};

inline StreamInput::More StreamInput::more() noexcept { return More{*this}; }

}  // namespace asyncio::detail
