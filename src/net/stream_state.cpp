#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>
#include <chrono>
#include <utility>

namespace asyncio::detail {

StreamState::StreamState(Socket socket, std::string peer, std::string self)
    : socket_{std::move(socket)}, input_{*this}, output_{*this}, patience_{*this},
      peer_{std::move(peer)}, self_{std::move(self)}
{
}

void StreamState::require_open(const char* act) const
{
    if (closing()) {
        throw_errno(EBADF, std::string{act} + " '" + name() + "' after it was closed");
    }
    socket_.home().require_usable();
}

void StreamState::start(Operation& operation) noexcept
{
    socket_.home()->start(operation, Ref<RefCounted>{this});
}

void StreamState::cancel(Operation& operation) noexcept
{
    // Once the backend is gone, nothing is in flight.
    if (socket_.home().here()) {
        socket_.home()->cancel(operation);
    }
}

void StreamState::detach() noexcept
{
    if (--handles_ == 0) {
        close();
    }
}

void StreamState::close() noexcept
{
    if (closing()) {
        return;
    }
    const Ref<StreamState> kept{this};
    phase_ = Phase::closing;
    input_.stop();
    if (!output_.at_rest() && !aborted_ && socket_.home().usable()) {
        patience_.restart();
    }
    part_at_rest();
}

void StreamState::abort(int error) noexcept
{
    if (phase_ == Phase::closed) {
        return;
    }
    const Ref<StreamState> kept{this};
    aborted_ = true;
    output_.give_up(error);
    close();
}

void StreamState::part_at_rest() noexcept
{
    if (phase_ != Phase::closing || !input_.at_rest() || !output_.at_rest()) {
        return;
    }
    phase_ = Phase::closed;
    patience_.disarm();
    if (aborted_) {
        socket_.reset();
    } else {
        socket_.close();
    }
    while (!waiting_.empty()) {
        waiting_.wake_first();
    }
}

void StreamState::made_progress() noexcept
{
    if (patience_.armed()) {
        patience_.restart();
    }
}

void StreamState::Patience::restart()
{
    disarm();
    arm(std::chrono::milliseconds{Stream::close_timeout_ms});
}

void StreamState::Patience::expire() noexcept { stream_.abort(ETIMEDOUT); }

Stream make_stream(Socket socket)
{
    std::string peer = socket.peer_name();
    std::string self = socket.local_name();
    return Stream{*new StreamState{std::move(socket), std::move(peer), std::move(self)}};
}

std::string StreamState::Closed::describe(Time) const
{
    return "stream to '" + stream_.name() + "' to close";
}

}  // namespace asyncio::detail
