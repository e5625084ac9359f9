#include "net/datagram_state.hpp"
#include "net/resolver.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>
#include <vector>

namespace asyncio {
namespace {

using detail::Address;
using detail::Socket;

using HostAndPort = std::optional<std::pair<std::string, int>>;

/// All addresses of a host; none if there is no host.
Coroutine<std::vector<Address>> resolve(HostAndPort where)
{
    std::vector<Address> addresses;
    if (where) {
        const std::uint16_t port = detail::checked_port(where->second);
        const std::string host = where->first.empty() ? "0.0.0.0" : where->first;
        addresses = co_await detail::resolve(host, port);
    }
    co_return addresses;
}

/// A socket at `local`, connected to `remote`; each may be null, but not both. Gives a descriptor
/// or -errno.
int open_socket(detail::Network& network, const Address* local, const Address* remote,
                const DatagramOptions& options)
{
    const int descriptor =
        network.open_datagram(local != nullptr ? local->family() : remote->family());
    int error = std::min(descriptor, 0);
    if (error == 0 && options.reuse_port) {
        error = network.set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1);
    }
    if (error == 0 && options.allow_broadcast) {
        error = network.set_option(descriptor, SOL_SOCKET, SO_BROADCAST, 1);
    }
    if (error == 0 && local != nullptr) {
        error = network.bind_datagram(descriptor, *local);
    }
    if (error == 0 && remote != nullptr) {
        error = network.connect_datagram(descriptor, *remote);
    }
    if (error != 0 && descriptor >= 0) {
        network.close(descriptor);
    }
    return error != 0 ? error : descriptor;
}

/// The first that can be used of all pairs of one family.
int open_any(detail::Network& network, const std::vector<Address>& locals,
             const std::vector<Address>& remotes, const DatagramOptions& options)
{
    int result = -EAFNOSUPPORT;
    const auto attempt = [&](const Address* local, const Address* remote) {
        if (result < 0 &&
            (local == nullptr || remote == nullptr || local->family() == remote->family())) {
            result = open_socket(network, local, remote, options);
        }
    };
    if (locals.empty()) {
        for (const Address& remote : remotes) {
            attempt(nullptr, &remote);
        }
    }
    for (const Address& local : locals) {
        if (remotes.empty()) {
            attempt(&local, nullptr);
        }
        for (const Address& remote : remotes) {
            attempt(&local, &remote);
        }
    }
    return result;
}

std::string named(const char* word, const HostAndPort& where)
{
    return where ? word + ("'" + where->first) + ":" + std::to_string(where->second) + "'" : "";
}

}  // namespace

Coroutine<DatagramSocket> open_datagram(DatagramOptions options)
{
    detail::Backend& backend = detail::running_backend();
    backend.refuse_after_fork();
    if (!options.local_addr && !options.remote_addr) {
        throw std::invalid_argument{"a UDP socket needs a local_addr or a remote_addr"};
    }
    const std::vector<Address> locals = co_await resolve(options.local_addr);
    const std::vector<Address> remotes = co_await resolve(options.remote_addr);
    const int descriptor = open_any(backend.network(), locals, remotes, options);
    if (descriptor < 0) {
        detail::throw_errno(-descriptor, "open a UDP socket" + named(" at ", options.local_addr) +
                                             named(" for ", options.remote_addr));
    }
    Socket socket{backend, descriptor};
    std::string self = socket.local_name();
    std::string peer = options.remote_addr ? socket.peer_name() : std::string{};
    co_return DatagramSocket{
        *new detail::DatagramState{std::move(socket), std::move(self), std::move(peer)}};
}

}  // namespace asyncio
