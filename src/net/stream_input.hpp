#pragma once

#include "core/operation.hpp"
#include "net/byte_queue.hpp"
#include "net/receive_pause.hpp"

#include <asyncio/detail/stream_read.hpp>

#include <memory>

namespace asyncio::detail {

class StreamState;

/// The receiving half of a stream: a buffer, one receive operation, and one task that waits.
///
/// A receive is in flight only since a reader needed more than there was. The reader may leave:
/// what the receive brings then waits in the buffer for the next one.
class StreamInput : private Operation {
public:
    StreamInput(const StreamInput&) = delete;
    StreamInput& operator=(const StreamInput&) = delete;

    [[nodiscard]] ByteQueue& buffer() noexcept { return buffer_; }

    /// Did the peer say that no more will come?
    [[nodiscard]] bool ended() const noexcept { return ended_; }

    /// Has it ended, or failed?
    [[nodiscard]] bool over() const noexcept { return ended_ || error_ != 0; }
    /// Throws the stream's error.
    void throw_if_failed() const;

    // For StreamRead.
    /// Takes the right to read. Throws RuntimeError if another task has it; OSError (EBADF) if the
    /// stream is closed.
    void begin_read();
    void end_read() noexcept;
    /// Wakes `read` when it is satisfied or the stream closes.
    void wait(StreamRead& read);
    void stop_waiting() noexcept;
    /// The pause is over.
    void go_on() noexcept;

    /// A send has failed on a stream that is protected: takes what has arrived already, which may
    /// say why.
    void hear_why() noexcept;

    /// A send has failed, and no receive will tell of it: what comes may be the answer to nothing.
    void fail(int error) noexcept;

    /// The stream closes: wakes the reader and cancels the receive.
    void stop() noexcept;
    /// The same, but what the peer still says is received and thrown away until it ends: a socket
    /// that is closed with unread bytes resets the connection, and what was sent may be lost.
    void discard() noexcept;
    /// Does the kernel hold nothing of it?
    [[nodiscard]] bool at_rest() const noexcept { return idle(); }

protected:
    StreamInput() noexcept : Operation{Kind::receive} {}
    ~StreamInput() = default;

private:
    [[nodiscard]] StreamState& stream() noexcept;
    [[nodiscard]] const StreamState& stream() const noexcept;
    void receive() noexcept;
    void receive_more() noexcept;
    void complete(const Completion& completion) noexcept override;
    void store(const Completion& completion) noexcept;
    void take(std::span<const std::byte> bytes);
    void end() noexcept;
    void note_security() noexcept;
    void wake_reader() noexcept;
    void forget_reader() noexcept;

    ByteQueue buffer_;
    StreamRead* waiting_ = nullptr;
    std::unique_ptr<ReceivePause> pause_;  // Since it had to make one.
    int error_ = 0;  // The errno that ended the stream; kept.
    bool ended_ = false;
    bool read_from_ = false;  // A task has the right to read.
    bool discarding_ = false;
};

}  // namespace asyncio::detail
