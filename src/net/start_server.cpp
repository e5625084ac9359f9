#include "net/connect_race.hpp"
#include "net/resolver.hpp"
#include "net/secure.hpp"
#include "net/server_state.hpp"

#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/to_thread.hpp>

#include <cerrno>
#include <chrono>
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

void refuse_reuse_port(const ServerOptions& options, const std::string& socket)
{
    if (options.reuse_port) {
        throw std::invalid_argument{"reuse_port is for TCP addresses, not for " + socket};
    }
}

void refuse_file_options(const ServerOptions& options, const std::string& socket)
{
    if (options.mode || !options.group.empty()) {
        throw std::invalid_argument{"mode and group are for the file of a Unix socket, not for " +
                                    socket};
    }
}

/// The group of the options, if there is one.
Coroutine<std::optional<gid_t>> group_of(std::string path, std::string name)
{
    if (name.empty()) {
        co_return std::nullopt;
    }
    const std::optional<gid_t> group = co_await to_thread(find_group, name);
    if (!group) {
        throw_errno(ENOENT, "give '" + path + "' to group '" + name + "'");
    }
    co_return group;
}

/// Does a server listen at this Unix socket?
Coroutine<bool> is_served(Address address)
{
    constexpr std::chrono::seconds patience{1};  // With one whose queue is full.
    ConnectTarget target{"", std::vector<Address>(1, address)};
    target.timeout = patience;
    target.when = Clock::now() + patience;
    try {
        const Socket connection = co_await connect_any(std::move(target));
        co_return true;
    } catch (const OSError& error) {
        co_return error.code().value() != ECONNREFUSED;
    }
}

}  // namespace

Coroutine<Server> start_tcp_server(std::shared_ptr<ConnectionHandler> handler, std::string host,
                                   int port, ServerOptions options, std::source_location where)
{
    running_backend().refuse_after_fork();
    const std::uint16_t number = checked_port(port);
    require_server_context(options.ssl);
    refuse_file_options(options, "TCP addresses");
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
    running_backend().refuse_after_fork();
    const Address address = unix_address(path);
    require_server_context(options.ssl);
    refuse_reuse_port(options, "a Unix socket");
    if (path.starts_with('\0')) {
        refuse_file_options(options, "an abstract name");
    }
    const std::optional<gid_t> group = co_await group_of(path, options.group);
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
    if (has_files && group) {
        file->set_group(*group, options.group);
    }
    if (has_files && options.mode) {
        file->set_mode(*options.mode);
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
    refuse_reuse_port(options, "a socket that has its address already");
    refuse_file_options(options, "one that is there already");
    Backend& backend = running_backend();
    backend.refuse_after_fork();
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
