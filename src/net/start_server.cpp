#include "net/connect_race.hpp"
#include "net/resolver.hpp"
#include "net/secure.hpp"
#include "net/server_state.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>
#include <unistd.h>

namespace asyncio::detail {
namespace {

Socket listen_at(const Address& address, int backlog)
{
    Backend& backend = running_backend();
    const int descriptor = backend.network().listen(address, backlog);
    if (descriptor < 0) {
        throw_errno(-descriptor, "listen on '" + address.to_string() + "'");
    }
    return Socket{backend, descriptor};
}

/// Is it that this machine does not have this family of addresses?
bool is_missing_family(const OSError& error)
{
    const int code = error.code().value();
    return code == EAFNOSUPPORT || code == EADDRNOTAVAIL;
}

/// Listens on all addresses, on one port if the first takes a free one. Of several addresses,
/// those that this machine does not have are left out.
std::vector<Socket> listen_on_all(std::vector<Address> addresses, int backlog)
{
    std::vector<Socket> sockets;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (addresses[i].port() == 0 && !sockets.empty()) {
            addresses[i].set_port(sockets.front().local_port());
        }
        try {
            sockets.push_back(listen_at(addresses[i], backlog));
        } catch (const OSError& error) {
            const bool is_last_chance = sockets.empty() && i + 1 == addresses.size();
            if (!is_missing_family(error) || is_last_chance) {
                throw;
            }
        }
    }
    return sockets;
}

/// The same. A port that is free for one address may be in use for another: then tries again.
std::vector<Socket> listen_on_all_again(const std::vector<Address>& addresses, int backlog)
{
    constexpr int attempts = 16;
    for (int attempt = 1;; ++attempt) {
        try {
            return listen_on_all(addresses, backlog);
        } catch (const OSError& error) {
            const bool port_is_free = addresses.size() > 1 && addresses.front().port() == 0;
            if (error.code().value() != EADDRINUSE || !port_is_free || attempt == attempts) {
                throw;
            }
        }
    }
}

Server serve(std::shared_ptr<ConnectionHandler> handler, SSLOption ssl, std::source_location where,
             std::vector<Socket> sockets, std::optional<UnixFile> file)
{
    auto& state = *new ServerState{std::move(handler), ssl.context(), where};
    Server server{state};
    for (Socket& socket : sockets) {
        state.add(std::move(socket));
    }
    if (file) {
        state.own(std::move(*file));
    }
    state.start();
    return server;
}

/// Does a server listen at this Unix socket?
Coroutine<bool> is_served(Address address)
{
    std::vector<Address> addresses(1, address);
    try {
        const Socket connection = co_await connect_any(std::move(addresses), "");
        co_return true;
    } catch (const OSError& error) {
        co_return error.code().value() != ECONNREFUSED;
    }
}

}  // namespace

Coroutine<Server> start_tcp_server(std::shared_ptr<ConnectionHandler> handler, std::string host,
                                   int port, int backlog, SSLOption ssl, std::source_location where)
{
    const std::uint16_t number = checked_port(port);
    require_server_context(ssl);
    std::vector<Address> addresses;
    if (host.empty()) {
        addresses = all_interfaces(number);
    } else {
        addresses = co_await resolve(host, number);
    }
    co_return serve(std::move(handler), std::move(ssl), where,
                    listen_on_all_again(addresses, backlog), std::nullopt);
}

Coroutine<Server> start_unix_server(std::shared_ptr<ConnectionHandler> handler, std::string path,
                                    int backlog, SSLOption ssl, std::source_location where)
{
    const Address address = unix_address(path);
    require_server_context(ssl);
    const bool has_files = &running_backend().network() == &kernel_network();
    if (has_files && is_socket_file(path)) {
        const bool served = co_await is_served(address);
        if (!served) {
            ::unlink(path.c_str());
        }
    }
    std::vector<Socket> sockets;
    sockets.push_back(listen_at(address, backlog));
    std::optional<UnixFile> file;
    if (has_files) {
        file.emplace(path);
    }
    co_return serve(std::move(handler), std::move(ssl), where, std::move(sockets), std::move(file));
}

}  // namespace asyncio::detail
