// What a stream can be asked, and told, about its socket.

#include "net/socket_options.hpp"

#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace asyncio {
namespace {

void set(const Stream& stream, int level, int name, std::int64_t value, const char* what)
{
    constexpr std::int64_t most = std::numeric_limits<int>::max();
    const detail::StreamState& state = stream.state();
    const int error =
        state.closing()
            ? -EBADF
            : state.socket().set_option(
                  level, name, static_cast<int>(std::clamp<std::int64_t>(value, -1, most)));
    if (error != 0) {
        detail::throw_errno(-error, std::string{"set "} + what + " of '" + state.name() + "'");
    }
}

}  // namespace

std::optional<std::string> detail::peercred_text(const Stream& stream)
{
    const std::optional<PeerCredentials> peer = stream.peer_cred();
    if (!peer) {
        return std::nullopt;
    }
    return "pid=" + std::to_string(peer->pid) + "\nuid=" + std::to_string(peer->uid) +
           "\ngid=" + std::to_string(peer->gid) + "\n";
}

std::optional<PeerCredentials> Stream::peer_cred() const
{
    ucred peer{};
    if (state().closing() || state().socket().peer_credentials(peer) != 0) {
        return std::nullopt;
    }
    return PeerCredentials{peer.pid, peer.uid, peer.gid};
}

void Stream::set_nodelay(bool on) const
{
    set(*this, IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0, "TCP_NODELAY");
}

void Stream::set_keepalive(std::optional<Keepalive> keepalive) const
{
    if (keepalive) {
        set(*this, IPPROTO_TCP, TCP_KEEPIDLE, keepalive->idle.count(), "TCP_KEEPIDLE");
        set(*this, IPPROTO_TCP, TCP_KEEPINTVL, keepalive->interval.count(), "TCP_KEEPINTVL");
        set(*this, IPPROTO_TCP, TCP_KEEPCNT, keepalive->count, "TCP_KEEPCNT");
    }
    set(*this, SOL_SOCKET, SO_KEEPALIVE, keepalive ? 1 : 0, "SO_KEEPALIVE");
}

void Stream::set_user_timeout(std::chrono::milliseconds limit) const
{
    set(*this, IPPROTO_TCP, TCP_USER_TIMEOUT, limit.count(), "TCP_USER_TIMEOUT");
}

}  // namespace asyncio
