#include "net/listener.hpp"

#include "net/server_state.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace asyncio::detail {

Listener::Listener(ServerState& server, Socket socket, bool shared)
    : Operation{Kind::accept}, server_{server}, socket_{std::move(socket)},
      name_{socket_.local_name()}, port_{socket_.local_port()}, shared_{shared}
{
    descriptor = socket_.descriptor();
    once = server.has_limit();
}

void Listener::start() noexcept
{
    if (socket_.is_open() && server_.has_room()) {
        socket_.home()->start(*this, Ref<RefCounted>{&server_});
    }
}

void Listener::resume() noexcept
{
    if (idle() && !armed() && socket_.home().usable() && !socket_.home()->forked()) {
        start();
    }
}

void Listener::close() noexcept
{
    disarm();
    if (socket_.home().here()) {
        socket_.home()->cancel(*this);
    }
    if (shared_ || socket_.home().forked()) {
        if (socket_.home().here() && !socket_.home().forked()) {
            socket_.home()->submit();  // From now on connections are for the others.
        }
        socket_.close();
    } else {
        socket_.close_listener();
    }
}

void Listener::complete(const Completion& completion) noexcept
{
    if (completion.result >= 0) {
        pause_ = {};
        retries_ = 0;
        // Closes it if nobody can take it.
        server_.serve(Socket{*socket_.home(), completion.result});
    } else if (socket_.is_open()) {
        failed(-completion.result);
        return;
    }
    if (!completion.more) {
        if (idle()) {  // A connection that could not be served may have led to a start already.
            start();
        }
        server_.part_at_rest();
    }
}

void Listener::failed(int error) noexcept
{
    switch (error) {
        case ECANCELED:  // The loop ends.
            server_.close();
            return;
        case ECONNABORTED:  // The peer has left already; the others are for accept(2)'s reasons.
        case EINTR:
        case EPERM:
        case EPROTO:
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENONET:
        case ENOPROTOOPT:
        case EOPNOTSUPP:
            if (++retries_ <= most_retries) {
                start();
                return;
            }
            break;
        case EAGAIN: pause(); return;  // Some kernels do so when it is non-blocking.
        default: break;
    }
    if (pause_ == std::chrono::milliseconds{0}) {
        server_.report(*this, error);
    }
    pause();
}

void Listener::pause() noexcept
{
    const bool is_first = pause_ == std::chrono::milliseconds{0};
    pause_ = is_first ? first_pause : std::min(2 * pause_, longest_pause);
    arm(pause_);
}

}  // namespace asyncio::detail
