#pragma once

#include "core/operation.hpp"
#include "net/given_pieces.hpp"
#include "net/kernel_sending.hpp"

#include <asyncio/detail/wait_queue.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace asyncio::detail {

class StreamSecurity;
class StreamState;

/// The sending half of a stream: two buffers, one send operation, and the tasks that drain.
///
/// The memory of a send must not move while it is in flight, so writes go to `pending_` in the
/// meantime; when all of `sending_` is sent, the two change places. Strings that are given away
/// are sent from where they lie: in front of `pending_` there may be a row of them.
class StreamOutput : private Operation {
public:
    StreamOutput(const StreamOutput&) = delete;
    StreamOutput& operator=(const StreamOutput&) = delete;

    void write(std::span<const std::byte> bytes);
    /// The same for several pieces, which go out together.
    void write(std::span<const std::string_view> pieces);
    /// The same without a copy, unless they are small or the stream is protected.
    void give(std::span<std::string> pieces);

    /// FIN goes out behind the last byte.
    void end();
    [[nodiscard]] bool ended() const noexcept { return ended_; }

    // For a stream that is protected.
    /// The handshake goes out, behind what was written in plain text.
    void start_security();
    /// The security's own end goes out, then FIN, unless that was done or sending has failed.
    void end_security() noexcept;
    /// Can more be sent?
    [[nodiscard]] bool open() const noexcept { return error_ == 0 && !ended_; }
    /// Bytes to be appended here are sent by flush(). Requires: open().
    [[nodiscard]] std::string& queue() noexcept { return pending_; }
    void flush() noexcept;
    /// From now on plain text is queued, and the kernel protects it. False, and nothing is changed,
    /// if the kernel cannot do that, or cannot have at once all that has been queued before.
    [[nodiscard]] bool encrypt_in_kernel(std::span<const std::byte> keys) noexcept;
    /// Goes out as an alert behind everything else. Requires: the kernel encrypts.
    void alert(KernelSending::Alert what) noexcept { kernel_->alert(what); }

    /// Bytes that the kernel has not taken yet.
    [[nodiscard]] std::size_t unsent() const noexcept
    {
        return (given_ != nullptr ? given_->size() : 0) + pending_.size() + sending_.size() - sent_;
    }

    /// Where tasks wait while too much is unsent.
    [[nodiscard]] WaitQueue& draining() noexcept { return draining_; }

    /// Throws the error of a send that failed.
    void throw_if_failed() const;
    /// Its errno, else 0. Not EPIPE (what the peer has said may still come) and not ECANCELED.
    [[nodiscard]] int connection_error() const noexcept;

    /// Throws away what is unsent; from now on `error` is what writers get.
    void give_up(int error) noexcept;
    /// Is everything sent, or nothing more to be sent?
    [[nodiscard]] bool at_rest() const noexcept { return idle(); }

protected:
    StreamOutput() noexcept : Operation{Kind::send} {}
    ~StreamOutput();

private:
    [[nodiscard]] StreamState& stream() noexcept;
    [[nodiscard]] const StreamState& stream() const noexcept;
    void give(std::string bytes);
    void give_pending();
    void note_unsent() noexcept;
    void send() noexcept;
    void send_given() noexcept;
    void send_more() noexcept;
    void rest() noexcept;
    void fail(int error) noexcept;
    void finish() noexcept;
    void tell_input(int error) noexcept;
    void conclude() noexcept;
    void go_on_concluding(int polled) noexcept;
    void require_established(const StreamSecurity& security) const;
    void complete(const Completion& completion) noexcept override;

    std::string pending_;
    std::string sending_;
    std::size_t sent_ = 0;  // Of sending_.
    std::size_t noted_ = 0;  // What was unsent when the budget was told.
    WaitQueue draining_;
    std::unique_ptr<GivenPieces> given_;  // While there are some: in front of pending_.
    std::unique_ptr<KernelSending> kernel_;  // If the kernel encrypts.
    int error_ = 0;  // The errno that the first failed send gave; kept.
    bool ended_ = false;
};

}  // namespace asyncio::detail
