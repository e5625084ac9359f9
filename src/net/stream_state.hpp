#pragma once

#include "net/socket.hpp"
#include "net/stream_input.hpp"
#include "net/stream_output.hpp"
#include "net/stream_security.hpp"

#include <asyncio/detail/timer.hpp>
#include <asyncio/detail/wait_queue.hpp>
#include <asyncio/stream.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace asyncio::detail {

/// What all handles of one stream share: the socket, the two halves, and how it ends.
///
/// The handles keep it alive, and so does each operation in flight. It closes when it is told
/// to or when the last handle goes; the socket is closed once the kernel holds nothing of it,
/// for as long as a receive is in flight, the peer would not see the end.
class StreamState : public RefCounted, private StreamInput, private StreamOutput {
public:
    class Closed;

    /// `peer` and `self` are the addresses of the two ends, as text.
    StreamState(Socket socket, std::string peer, std::string self);

    [[nodiscard]] StreamInput& input() noexcept { return *this; }
    [[nodiscard]] StreamOutput& output() noexcept { return *this; }
    [[nodiscard]] const StreamOutput& output() const noexcept { return *this; }
    /// What protects it; null: nothing, it is plain.
    [[nodiscard]] StreamSecurity* security() const noexcept { return security_.get(); }
    void protect(std::unique_ptr<StreamSecurity> security) noexcept
    {
        security_ = std::move(security);
        security_->attach(output());
    }
    [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
    [[nodiscard]] const std::string& self() const noexcept { return self_; }
    /// For messages.
    [[nodiscard]] const std::string& name() const noexcept { return peer_.empty() ? self_ : peer_; }

    [[nodiscard]] const Socket& socket() const noexcept { return socket_; }

    void close() noexcept;
    /// Closes without sending the rest; writers get `error`.
    void abort(int error) noexcept;
    [[nodiscard]] bool closing() const noexcept { return phase_ != Phase::open; }
    /// `co_await state.closed();` waits until the socket is closed.
    [[nodiscard]] Closed closed() noexcept;

    void attach() noexcept { ++handles_; }
    void detach() noexcept;

    std::size_t limit = Stream::default_limit;

    // For the halves.
    /// Throws OSError (EBADF) after close(), RuntimeError when the loop is gone.
    void require_open(const char* act) const;
    /// Throws `error`, an errno, or why the security has failed.
    [[noreturn]] void throw_error(int error, const char* act) const;
    [[nodiscard]] int descriptor() const noexcept { return socket_.descriptor(); }
    void start(detail::Operation& operation) noexcept;
    void cancel(detail::Operation& operation) noexcept;
    [[nodiscard]] int receive(std::span<std::byte> data) const { return socket_.receive(data); }
    void shutdown_write() noexcept { socket_.shutdown_write(); }
    void made_progress() noexcept;
    void part_at_rest() noexcept;

protected:
    /// Is the socket closed?
    [[nodiscard]] bool has_closed() const noexcept { return phase_ == Phase::closed; }
    /// Now it is.
    virtual void note_closed() noexcept {}

private:
    friend class StreamInput;
    friend class StreamOutput;

    enum class Phase : std::uint8_t { open, closing, closed };

    /// Ends a closing stream whose peer takes nothing, or does not say farewell.
    class Patience final : public Timer {
    public:
        explicit Patience(StreamState& stream) noexcept : stream_{stream} {}
        void restart() noexcept;

    private:
        void expire() noexcept override;

        StreamState& stream_;
    };

    /// Does the peer hear of the end in the security's own way, and may it answer?
    [[nodiscard]] bool says_farewell() const noexcept;
    void wait_patiently() noexcept;
    void give_up() noexcept;

    Socket socket_;
    std::unique_ptr<StreamSecurity> security_;
    std::unique_ptr<Patience> patience_;  // Once it closes and has to wait.
    WaitQueue waiting_;  // For the end of it.
    std::string peer_;
    std::string self_;
    std::uint32_t handles_ = 0;
    Phase phase_ = Phase::open;
    bool aborted_ = false;
};

/// Awaiter of closed().
class StreamState::Closed final : public WaitQueue::Waiter {
public:
    explicit Closed(StreamState& stream) noexcept : stream_{stream} {}

    [[nodiscard]] bool await_ready() const noexcept { return stream_.phase_ == Phase::closed; }
    void await_suspend(Awaiting awaiting) noexcept { wait(stream_.waiting_, awaiting); }
    void await_resume() const { throw_if_cancelled(); }
    [[nodiscard]] const char* what() const noexcept override { return "stream to close"; }
    [[nodiscard]] std::string describe(Time now) const override;

private:
    StreamState& stream_;
};

inline StreamState::Closed StreamState::closed() noexcept { return Closed{*this}; }

/// A stream over a connected socket.
[[nodiscard]] Stream make_stream(Socket socket);

}  // namespace asyncio::detail
