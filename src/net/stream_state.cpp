#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>
#include <chrono>
#include <new>
#include <utility>

namespace asyncio::detail {

StreamState::StreamState(Socket socket, std::string peer, std::string self)
    : socket_{std::move(socket)}, peer_{std::move(peer)}, self_{std::move(self)}
{
}

void StreamState::require_open(const char* act) const
{
    if (closing()) {
        throw_errno(EBADF, std::string{act} + " '" + name() + "' after it was closed");
    }
    socket_.home().require_usable();
}

void StreamState::throw_error(int error, const char* act) const
{
    const bool is_handshake = security_ != nullptr && !security_->established();
    const std::string what = (is_handshake ? "start TLS with" : act) + (" '" + name() + "'");
    if (security_ != nullptr && security_->failed()) {
        security_->throw_error(what);
    }
    throw_errno(error, what);
}

void StreamState::start(detail::Operation& operation) noexcept
{
    socket_.home()->start(operation, Ref<RefCounted>{this});
}

void StreamState::cancel(detail::Operation& operation) noexcept
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
    const bool farewell = says_farewell();
    if (farewell) {
        output().end_security();
        input().discard();
    } else {
        input().stop();
    }
    if (farewell || (!output().at_rest() && !aborted_ && socket_.home().usable())) {
        wait_patiently();
    }
    part_at_rest();
}

bool StreamState::says_farewell() const noexcept
{
    return security_ != nullptr && !aborted_ && socket_.home().usable() &&
           !socket_.home()->forked();  // A child must not speak in its parent's session.
}

void StreamState::abort(int error) noexcept
{
    if (phase_ == Phase::closed) {
        return;
    }
    const Ref<StreamState> kept{this};
    aborted_ = true;
    output().give_up(error);
    if (closing()) {
        input().stop();
        part_at_rest();
    } else {
        close();
    }
}

void StreamState::part_at_rest() noexcept
{
    if (phase_ != Phase::closing || !input().at_rest() || !output().at_rest()) {
        return;
    }
    phase_ = Phase::closed;
    if (patience_ != nullptr) {
        patience_->disarm();
    }
    if (aborted_ && !socket_.home().forked()) {  // A child has its parent's socket.
        socket_.reset();
    } else {
        socket_.close();
    }
    while (!waiting_.empty()) {
        waiting_.wake_first();
    }
    note_closed();
}

void StreamState::made_progress() noexcept
{
    if (patience_ != nullptr && patience_->armed()) {
        patience_->restart();
    }
}

void StreamState::wait_patiently() noexcept
{
    try {
        patience_ = std::make_unique<Patience>(*this);
        patience_->restart();
    } catch (const std::bad_alloc&) {
        give_up();  // No memory to wait with.
    }
}

void StreamState::Patience::restart() noexcept
{
    disarm();
    const StreamSecurity* security = stream_.security();
    arm(security != nullptr ? security->shutdown_timeout()
                            : std::chrono::milliseconds{Stream::close_timeout_ms});
}

void StreamState::Patience::expire() noexcept { stream_.give_up(); }

void StreamState::give_up() noexcept
{
    if (output().at_rest()) {
        input().stop();  // All is said: what the peer might have answered is not worth a reset.
    } else {
        abort(ETIMEDOUT);
    }
}

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
