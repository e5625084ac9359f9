#include "net/connect_race.hpp"
#include "net/resolver.hpp"
#include "net/secure.hpp"
#include "net/server_state.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>
#include <stdexcept>
#include <unistd.h>

namespace asyncio::detail {
namespace {

Socket bind_to(const Address& address, bool reuse_port)
{
    Backend& backend = running_backend();
    const int descriptor = backend.network().bind(address, reuse_port);
    if (descriptor < 0) {
        throw_errno(-descriptor, "listen on '" + address.to_string() + "'");
    }
    return Socket{backend, descriptor};
}

void listen(const Socket& socket, const Address& address, int backlog)
{
    const int result = socket.listen(backlog);
    if (result < 0) {
        throw_errno(-result, "listen on '" + address.to_string() + "'");
    }
}

/// Is it that this machine does not have this family of addresses?
bool is_missing_family(const OSError& error)
{
    const int code = error.code().value();
    return code == EAFNOSUPPORT || code == EADDRNOTAVAIL;
}

/// Listens on all addresses, on one port if the first takes a free one. Of several addresses,
/// those that this machine does not have are left out.
std::vector<Socket> listen_on_all(std::vector<Address> addresses, const ServerOptions& options)
{
    std::vector<Socket> sockets;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        if (addresses[i].port() == 0 && !sockets.empty()) {
            addresses[i].set_port(sockets.front().local_port());
        }
        try {
            Socket socket = bind_to(addresses[i], options.reuse_port);
            listen(socket, addresses[i], options.backlog);
            sockets.push_back(std::move(socket));
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
std::vector<Socket> listen_on_all_again(const std::vector<Address>& addresses,
                                        const ServerOptions& options)
{
    constexpr int attempts = 16;
    for (int attempt = 1;; ++attempt) {
        try {
            return listen_on_all(addresses, options);
        } catch (const OSError& error) {
            const bool port_is_free = addresses.size() > 1 && addresses.front().port() == 0;
            if (error.code().value() != EADDRINUSE || !port_is_free || attempt == attempts) {
                throw;
            }
        }
    }
}

Server new_server(std::shared_ptr<ConnectionHandler> handler, const ServerOptions& options,
                  std::source_location where)
{
    return Server{*new ServerState{std::move(handler), options, where}};
}

void require_own_port(const ServerOptions& options, const std::string& socket)
{
    if (options.reuse_port) {
        throw std::invalid_argument{"reuse_port is for TCP addresses, not for " + socket};
    }
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
                                   int port, ServerOptions options, std::source_location where)
{
    const std::uint16_t number = checked_port(port);
    require_server_context(options.ssl);
    std::vector<Address> addresses;
    if (host.empty()) {
        addresses = all_interfaces(number);
    } else {
        addresses = co_await resolve(host, number);
    }
    std::vector<Socket> sockets = listen_on_all_again(addresses, options);
    Server server = new_server(std::move(handler), options, where);
    for (Socket& socket : sockets) {
        server.state().add(std::move(socket), false);
    }
    server.state().start();
    co_return server;
}

Coroutine<Server> start_unix_server(std::shared_ptr<ConnectionHandler> handler, std::string path,
                                    ServerOptions options, std::source_location where)
{
    const Address address = unix_address(path);
    require_server_context(options.ssl);
    require_own_port(options, "a Unix socket");
    const bool has_files = &running_backend().network() == &kernel_network();
    if (has_files && is_socket_file(path)) {
        const bool served = co_await is_served(address);
        if (!served) {
            ::unlink(path.c_str());
        }
    }
    Socket socket = bind_to(address, false);
    std::optional<UnixFile> file;
    if (has_files) {
        file.emplace(path);
    }
    listen(socket, address, options.backlog);
    Server server = new_server(std::move(handler), options, where);
    server.state().add(std::move(socket), false);
    if (file) {
        server.state().own(std::move(*file));
    }
    server.state().start();
    co_return server;
}

Coroutine<Server> start_server_on(std::shared_ptr<ConnectionHandler> handler, ListeningSocket sock,
                                  ServerOptions options, std::source_location where)
{
    require_server_context(options.ssl);
    require_own_port(options, "a socket that has its address already");
    Backend& backend = running_backend();
    const int error = backend.network().adopt_listener(sock.fileno());
    if (error != 0) {
        throw_errno(-error, "serve on file descriptor " + std::to_string(sock.fileno()));
    }
    Socket socket{backend, sock.release()};
    Server server = new_server(std::move(handler), options, where);
    server.state().add(std::move(socket), true);
    server.state().start();
    co_return server;
}

}  // namespace asyncio::detail
