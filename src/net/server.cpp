#include <asyncio/server.hpp>

#include "core/scheduler.hpp"
#include "net/server_state.hpp"

#include <asyncio/timeout.hpp>

#include <unistd.h>

namespace asyncio {
namespace {

Coroutine<> wait_until_closed(detail::Ref<detail::ServerState> server)
{
    co_await server->closed();
}

Coroutine<> nothing() { co_return; }

Coroutine<> wait_until_left(detail::Ref<detail::ServerState> server) { co_await server->left(); }

/// True: there is no connection any more.
Coroutine<bool> is_left_within(detail::Ref<detail::ServerState> server, detail::TimeLimit limit)
{
    try {
        co_await timeout(limit, wait_until_left(server));
    } catch (const TimeoutError&) {
        co_return false;
    }
    co_return true;
}

Coroutine<std::size_t> shut_down(detail::Ref<detail::ServerState> server, detail::TimeLimit limit)
{
    if (server->in_handler()) {
        throw RuntimeError{"a handler cannot wait until all handlers of its server have ended"};
    }
    server->close();
    const bool in_time = co_await is_left_within(server, limit);
    if (in_time) {
        co_return 0;
    }
    const std::size_t cancelled = server->close_clients();
    const bool cleaned_up = co_await is_left_within(server, detail::Scheduler::cleanup_time);
    if (!cleaned_up) {
        server->abort_clients();
    }
    co_return cancelled;
}

Coroutine<std::size_t> no_handlers() { co_return 0; }

}  // namespace

ListeningSocket::~ListeningSocket()
{
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

Server::Server(detail::ServerState& state) noexcept : state_{&state} { state.retain(); }

Server::~Server()
{
    if (state_ != nullptr) {
        state_->close();
        state_->release();
    }
}

void Server::close() noexcept
{
    if (state_ != nullptr) {
        state_->close();
    }
}

bool Server::is_serving() const noexcept { return state_ != nullptr && state_->open(); }

Coroutine<> Server::wait_closed() const
{
    if (state_ == nullptr) {
        return nothing();
    }
    return wait_until_closed(detail::Ref<detail::ServerState>{state_});
}

Coroutine<std::size_t> Server::shutdown(detail::TimeLimit limit) const
{
    if (state_ == nullptr) {
        return no_handlers();
    }
    return shut_down(detail::Ref<detail::ServerState>{state_}, limit);
}

std::size_t Server::connections() const noexcept
{
    return state_ != nullptr ? state_->clients().size() : 0;
}

void Server::close_clients() const
{
    if (state_ != nullptr) {
        state_->close_clients();
    }
}

void Server::abort_clients() const
{
    if (state_ != nullptr) {
        state_->abort_clients();
    }
}

std::uint16_t Server::port() const noexcept
{
    return state_ != nullptr ? state_->port() : std::uint16_t{0};
}

std::vector<std::string> Server::sockets() const
{
    return state_ != nullptr ? state_->names() : std::vector<std::string>{};
}

}  // namespace asyncio
