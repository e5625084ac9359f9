#pragma once

#include <asyncio/detail/ref.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/socket.h>

namespace asyncio::detail {

/// What became of an operation, or of one step of an operation that goes on.
struct Completion {
    int result = 0;                     ///< Bytes, a descriptor, poll(2) events; or -errno.
    std::span<const std::byte> data{};  ///< Of receive: valid only during complete().
    bool more = false;                  ///< The operation goes on: complete() comes again.
};

/// Something the kernel (or the simulated one) does for us, from start() to its last complete().
///
/// It never lies in a coroutine frame: it is part of an object that the loop keeps alive while
/// the operation is in flight (`owner` in start()), and so are the buffers it names. A task that
/// waits for it can therefore be cancelled or dropped at any time; what the operation still
/// brings - bytes, a descriptor - goes to the owner, which keeps or closes it.
class Operation {
public:
    enum class Kind : std::uint8_t {
        accept,   ///< Connections of a listening socket, until it fails or is cancelled: `more`.
        connect,  ///< Connects to `address`.
        receive,  ///< Bytes of a stream, in a buffer of the backend's: `data`. 0: end of stream.
        send,     ///< Sends `buffer`, maybe a part of it; never raises SIGPIPE.
        gather,   ///< The same with the pieces of `message` (sendmsg(2)), in their order.
        read,     ///< read(2) of an eventfd into `buffer`.
        poll,     ///< Waits once until one of `events` (poll(2)) is there.
    };
    enum class State : std::uint8_t { idle, in_flight, cancelling };

    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

    /// Called by the backend on the loop's thread. It may make tasks ready and start
    /// operations, this one too when `more` is false; it never resumes a coroutine.
    virtual void complete(const Completion& completion) noexcept = 0;

    /// Does it give bytes to a socket?
    [[nodiscard]] bool sends() const noexcept { return kind == Kind::send || kind == Kind::gather; }
    [[nodiscard]] State state() const noexcept { return state_; }
    [[nodiscard]] bool idle() const noexcept { return state_ == State::idle; }

private:
    friend class Backend;
    friend class EpollBackend;

    State state_ = State::idle;

public:
    // What is asked for; set before start(), fixed while it is in flight. Every stream has two
    // operations, so what no kind needs together shares its place.
    Kind kind;
    bool once = false;        ///< Of accept: ends with the first connection.
    bool background = false;  ///< Nobody waits for it: it alone gives a loop nothing to wait for.
    int descriptor = -1;
    union {
        std::byte* buffer = nullptr;  ///< Of send and read.
        const sockaddr* address;  ///< Of connect.
        const msghdr* message;  ///< Of gather; fixed, like all that it points to.
    };
    union {
        std::size_t length = 0;  ///< Of buffer.
        socklen_t address_length;  ///< Of address.
        std::uint32_t events;  ///< Of poll.
    };

protected:
    explicit Operation(Kind what) noexcept : kind{what} {}
    ~Operation() { assert(idle()); }

private:
    Ref<RefCounted> owner_;  // Kept alive until the last completion.
    Operation* previous_ = nullptr;  // Links of the backend's list of operations in flight.
    Operation* next_ = nullptr;
    Operation* next_waiting_ = nullptr;  // EpollBackend: the next that waits for the descriptor.
};

}  // namespace asyncio::detail
