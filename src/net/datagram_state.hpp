#pragma once

#include "core/operation.hpp"
#include "net/socket.hpp"

#include <asyncio/datagram.hpp>
#include <asyncio/detail/wait_queue.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace asyncio::detail {

/// What all handles of one UDP socket share.
///
/// The socket is only polled: datagrams are taken and given by calls that do not wait, so a wait
/// that is cancelled has taken nothing. The socket is closed once no poll is in flight.
class DatagramState final : public RefCounted {
public:
    class Receiver;
    class Wait;
    class Closed;

    /// `peer`: the name of the only one, or empty.
    DatagramState(Socket socket, std::string self, std::string peer);

    [[nodiscard]] const std::string& self() const noexcept { return self_; }
    [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
    [[nodiscard]] const Socket& socket() const noexcept { return socket_; }

    /// A datagram, if there is one. Throws OSError.
    [[nodiscard]] std::optional<Datagram> try_receive(std::size_t limit);
    /// False: there is no room. `to` is null for the peer. Throws OSError.
    [[nodiscard]] bool try_send(std::string_view data, const Address* to);

    /// `co_await state.readable();` waits until there may be a datagram, or an error.
    [[nodiscard]] Wait readable() noexcept;
    /// ... until there may be room.
    [[nodiscard]] Wait writable() noexcept;
    /// Has it gone on without a wait for so long that others should have a turn?
    [[nodiscard]] bool is_greedy() noexcept;

    void change_group(const std::string& group, const std::string& interface, bool join) const;

    void close() noexcept;
    [[nodiscard]] bool closing() const noexcept { return closing_; }
    /// `co_await state.closed();` waits until the socket is closed. Requires: closing().
    [[nodiscard]] Closed closed() noexcept;
    void attach() noexcept { ++handles_; }
    void detach() noexcept;
    /// Throws OSError (EBADF) after close(), RuntimeError when the loop is gone.
    void require_open(const char* act) const;

private:
    /// The wait for one direction: a poll, and the tasks that want to know.
    class Poll final : public Operation {
    public:
        Poll(DatagramState& state, std::uint32_t what) : Operation{Kind::poll}, state_{state}
        {
            events = what;
        }

        void wake_all() noexcept;

        WaitQueue waiting;

    private:
        void complete(const Completion& completion) noexcept override;

        DatagramState& state_;
    };

    void start(Poll& poll);
    void part_at_rest() noexcept;

    Socket socket_;
    Poll readable_;
    Poll writable_;
    WaitQueue waiting_;  // For the end of it.
    std::string self_;
    std::string peer_;
    std::uint32_t handles_ = 0;
    std::uint32_t in_a_row_ = 0;  // Calls that did not have to wait.
    bool received_from_ = false;  // A Receiver is there.
    bool closing_ = false;
};

/// The right to receive: one task at a time.
class DatagramState::Receiver {
public:
    /// Throws RuntimeError if another task receives; OSError (EBADF) if the socket is closed.
    explicit Receiver(DatagramState& state);
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;
    ~Receiver() { state_.received_from_ = false; }

private:
    DatagramState& state_;
};

/// Awaiter of readable() and writable().
class DatagramState::Wait final : public WaitQueue::Waiter {
public:
    Wait(DatagramState& state, Poll& poll) noexcept : state_{state}, poll_{poll} {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(Awaiting awaiting);
    void await_resume() const;
    [[nodiscard]] const char* what() const noexcept override { return "datagram"; }
    [[nodiscard]] std::string describe(Time now) const override;

private:
    DatagramState& state_;
    Poll& poll_;
};

/// Awaiter of closed().
class DatagramState::Closed final : public WaitQueue::Waiter {
public:
    explicit Closed(DatagramState& state) noexcept : state_{state} {}

    [[nodiscard]] bool await_ready() const noexcept { return !state_.socket_.is_open(); }
    void await_suspend(Awaiting awaiting) noexcept { wait(state_.waiting_, awaiting); }
    void await_resume() const { throw_if_cancelled(); }
    [[nodiscard]] const char* what() const noexcept override { return "datagram socket to close"; }
    [[nodiscard]] std::string describe(Time now) const override;

private:
    DatagramState& state_;
};

inline DatagramState::Closed DatagramState::closed() noexcept { return Closed{*this}; }
inline DatagramState::Wait DatagramState::readable() noexcept { return Wait{*this, readable_}; }
inline DatagramState::Wait DatagramState::writable() noexcept { return Wait{*this, writable_}; }

}  // namespace asyncio::detail
