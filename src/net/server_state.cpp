#include "net/server_state.hpp"

#include "net/secure.hpp"
#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <algorithm>
#include <utility>

namespace asyncio::detail {
namespace {

/// The task of one connection. It holds the handler, which may hold a lambda's captures.
Coroutine<> connection(std::shared_ptr<ConnectionHandler> handler,
                       std::shared_ptr<const SecurityContext> security, Stream stream)
{
    try {
        if (security != nullptr) {
            auto session = security->new_session({});
            security.reset();
            co_await secure(stream, std::move(session));
        }
        // Whoever has connected from this loop goes first, as in MicroPython, whose server is a
        // task between the accept and the handler.
        co_await sleep_ms(0);
        Coroutine<> handling = handler->handle(stream, stream);
        co_await std::move(handling);
    } catch (...) {
        stream.close();
        throw;
    }
}

/// A task that only fails, so that the loop's exception handler hears of it.
Coroutine<> accept_failed(std::string name, int error)
{
    throw_errno(error, "accept connections on '" + name + "', trying again");
    co_return;
}

}  // namespace

void ServerState::Closed::await_resume() const
{
    if (take_cancel()) {
        server_.close();
        throw CancelledError{};
    }
}

void ServerState::add(Socket socket)
{
    listeners_.push_back(std::make_unique<Listener>(*this, std::move(socket)));
}

void ServerState::start() noexcept
{
    for (const auto& listener : listeners_) {
        listener->start();
    }
}

void ServerState::close() noexcept
{
    const Ref<ServerState> kept{this};
    open_ = false;
    for (const auto& listener : listeners_) {
        listener->close();
    }
    file_.reset();
    part_at_rest();
}

void ServerState::serve(Socket accepted) noexcept
{
    if (!open_) {
        return;
    }
    try {
        accepted.adopt();
        Stream stream = make_stream(std::move(accepted));
        std::string name = "connection from " + stream.state().name();
        create_task(connection(handler_, security_, std::move(stream)), std::move(name), where_);
    } catch (const std::exception&) {
        // No memory for the task: the connection is closed.
    }
}

void ServerState::report(const Listener& listener, int error) noexcept
{
    try {
        create_task(accept_failed(listener.name(), error), "server " + listener.name(), where_);
    } catch (const std::exception&) {
        // No memory for the report; the server goes on all the same.
    }
}

bool ServerState::at_rest() const noexcept
{
    return std::all_of(listeners_.begin(), listeners_.end(),
                       [](const auto& listener) { return listener->at_rest(); });
}

void ServerState::part_at_rest() noexcept
{
    while (!open_ && at_rest() && !waiting_.empty()) {
        waiting_.wake_first();
    }
}

std::uint16_t ServerState::port() const noexcept
{
    return listeners_.empty() ? std::uint16_t{0} : listeners_.front()->port();
}

std::vector<std::string> ServerState::names() const
{
    std::vector<std::string> names;
    if (open_) {
        for (const auto& listener : listeners_) {
            names.push_back(listener->name());
        }
    }
    return names;
}

}  // namespace asyncio::detail
