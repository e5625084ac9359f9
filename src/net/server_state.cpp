#include "net/server_state.hpp"

#include "net/secure.hpp"
#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

namespace asyncio::detail {
namespace {

/// The task of a connection that is protected.
Coroutine<> handle_secured(std::shared_ptr<ConnectionHandler> handler,
                           std::shared_ptr<const SecurityContext> security, Stream stream)
{
    auto session = security->new_session({});
    security.reset();
    co_await secure(stream, std::move(session));
    Coroutine<> handling = handler->handle(stream, stream);
    co_await std::move(handling);
}

/// A task that only fails, so that the loop's exception handler hears of it.
Coroutine<> handler_failed(std::exception_ptr error)
{
    std::rethrow_exception(std::move(error));
    co_return;
}

/// A task that only fails, so that the loop's exception handler hears of it.
Coroutine<> accept_failed(std::string name, int error)
{
    throw_errno(error, "accept connections on '" + name + "', trying again");
    co_return;
}

}  // namespace

/// Gives the newcomers their tasks, one turn after the accept: whoever has connected from this loop
/// goes first, as in MicroPython, whose server is a task that stands between the two.
class ServerState::Admission {
public:
    explicit Admission(ServerState& server) noexcept : server_{&server} {}
    Admission(Admission&&) noexcept = default;
    Admission& operator=(Admission&&) = delete;
    ~Admission()
    {
        if (server_) {
            run();  // Cancelled before it began: nobody is left out in a server that goes on.
        }
    }

    static Coroutine<> task(Admission admission)
    {
        admission.run();
        co_return;
    }

private:
    void run() noexcept
    {
        const Ref<ServerState> server = std::exchange(server_, {});
        for (const Stream& stream : std::exchange(server->newcomers_, {})) {
            server->admit(stream);
        }
    }

    Ref<ServerState> server_;
};

void ServerState::Closed::await_resume() const
{
    if (take_cancel()) {
        server_.close();
        throw CancelledError{};
    }
}

std::string ServerState::Left::describe(Time) const
{
    return std::to_string(server_.clients_.size()) + " connections to end";
}

void ServerState::add(Socket socket, bool shared)
{
    listeners_.push_back(std::make_unique<Listener>(*this, std::move(socket), shared));
    held_.reserve(listeners_.size());
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
    const bool is_parents = !listeners_.empty() && listeners_.front()->forked();
    if (is_parents && file_) {
        file_->leave();
    }
    for (const auto& listener : listeners_) {
        listener->close();
    }
    file_.reset();
    held_.clear();
    forget_handler();
    part_at_rest();
}

void ServerState::serve(Socket accepted) noexcept
{
    if (!open_) {
        return;
    }
    if (has_room()) {
        begin(std::move(accepted));
    } else {
        held_.push_back(std::move(accepted));  // Another listener was quicker.
    }
}

void ServerState::begin(Socket accepted) noexcept
{
    try {
        accepted.adopt();
        std::string peer = accepted.peer_name();
        std::string self = accepted.local_name();
        auto& served =
            *new ServedStream{*this, std::move(accepted), std::move(peer), std::move(self)};
        newcomers_.push_back(Stream{served});
        ++handling_;
        if (newcomers_.size() == 1) {
            create_task(Admission::task(Admission{*this}), CallPlace{where_});
        }
    } catch (const std::exception&) {
        // No memory for the task: the connection is closed.
    }
}

Coroutine<> ServerState::handle(const Stream& stream) const
{
    try {
        return security_ != nullptr ? handle_secured(handler_, security_, stream)
                                    : handler_->handle(stream, stream);
    } catch (...) {
        return handler_failed(std::current_exception());  // The callback is a plain function.
    }
}

void ServerState::admit(const Stream& stream) noexcept
{
    auto& client = static_cast<ServedStream&>(stream.state());
    if (client.closing()) {
        handler_ended();
        return;
    }
    try {
        const Task<> task = create_task(handle(stream), CallPlace{where_});
        client.handled_by(task.state());
    } catch (const std::exception&) {
        client.close();  // No memory for the task.
        handler_ended();
    }
}

void ServerState::handler_ended() noexcept
{
    --handling_;
    forget_handler();
}

void ServerState::forget_handler() noexcept
{
    if (!open_ && handling_ == 0) {
        handler_.reset();  // With what it has captured.
        security_.reset();
    }
}

void ServerState::client_left() noexcept
{
    while (open_ && !held_.empty() && has_room() && held_.front().home().usable()) {
        Socket next = std::move(held_.front());
        held_.erase(held_.begin());
        begin(std::move(next));
    }
    if (has_limit()) {
        for (const auto& listener : listeners_) {
            listener->resume();
        }
    }
    while (clients_.size() == 0 && !leaving_.empty()) {
        leaving_.wake_first();
    }
}

bool ServerState::in_handler() const
{
    const std::vector<Ref<ServedStream>> clients = clients_.all();
    return context.running != nullptr &&
           std::any_of(clients.begin(), clients.end(),
                       [](const auto& client) { return client->handler() == context.running; });
}

std::size_t ServerState::close_clients() const
{
    std::size_t cancelled = 0;
    for (const Ref<ServedStream>& client : clients_.all()) {
        TaskState* const handler = client->handler();
        if (handler == nullptr) {
            client->close();
        } else if (handler != context.running) {
            cancelled += handler->cancel() ? 1U : 0U;
        }
    }
    return cancelled;
}

void ServerState::abort_clients() const
{
    for (const Ref<ServedStream>& client : clients_.all()) {
        TaskState* const handler = client->handler();
        if (handler == nullptr || handler != context.running) {
            client->abort(ECONNABORTED);
            if (handler != nullptr) {
                handler->cancel();
            }
        }
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
