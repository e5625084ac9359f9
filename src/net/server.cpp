#include <asyncio/server.hpp>

#include "net/server_state.hpp"

namespace asyncio {
namespace {

Coroutine<> wait_until_closed(detail::Ref<detail::ServerState> server)
{
    co_await server->closed();
}

Coroutine<> nothing() { co_return; }

}  // namespace

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

std::uint16_t Server::port() const noexcept
{
    return state_ != nullptr ? state_->port() : std::uint16_t{0};
}

std::vector<std::string> Server::sockets() const
{
    return state_ != nullptr ? state_->names() : std::vector<std::string>{};
}

}  // namespace asyncio
