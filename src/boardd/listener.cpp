#include "boardd/listener.hpp"

#include "boardd/failure.hpp"
#include "boardd/log.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace boardd {
namespace {

constexpr int backlog = 64;

/// What can be done about an address that cannot be listened on.
std::string cure(int error, const std::string& where, const std::string& protocol,
                 Transport transport)
{
    switch (error) {
        case EADDRINUSE:
            if (where.starts_with('/')) {
                return "; another server listens on it";
            }
            return "; is " + std::string{protocol == "pigpio" ? "pigpiod or " : ""} +
                   "another boardd running? See 'ss -ltnp', or choose another port" +
                   (transport == Transport::tls ? "" : " with --" + protocol + "-port");
        case EACCES: return "; ports below 1024 and other users' folders need privileges";
        case EADDRNOTAVAIL: return "; no interface of this machine has this address";
        case ENOENT: return "; its folder does not exist";
        default: return "";
    }
}

[[noreturn]] void fail(const asyncio::OSError& error, const std::string& where,
                       const std::string& protocol, Transport transport)
{
    const int reason = error.code().value();
    throw Failure{EX_UNAVAILABLE, "cannot listen on '" + where + "': " + std::strerror(reason) +
                                      cure(reason, where, protocol, transport)};
}

bool is_missing_ipv6(const asyncio::OSError& error, const Endpoint& endpoint)
{
    const int reason = error.code().value();
    return endpoint.host.find(':') != std::string::npos &&
           (reason == EADDRNOTAVAIL || reason == EAFNOSUPPORT);
}

}  // namespace

asyncio::Coroutine<> Listener::open(ListenConfig config)
{
    for (const Endpoint& endpoint : config.tcp) {
        co_await open_tcp(endpoint, Transport::tcp);
    }
    for (const Endpoint& endpoint : config.tls) {
        co_await open_tcp(endpoint, Transport::tls);
    }
    if (!config.unix_path.empty()) {
        co_await open_unix(config.unix_path);
    }
}

asyncio::Coroutine<> Listener::open_tcp(Endpoint endpoint, Transport transport)
{
    const auto on_connection = [protocol = protocol_, reception = reception_,
                                transport](asyncio::Stream reader, asyncio::Stream) {
        return receive(protocol, reception, std::move(reader), transport);
    };
    auto starting = asyncio::start_server(on_connection, endpoint.host, endpoint.port, backlog);
    try {
        asyncio::Server server = co_await std::move(starting);
        servers_.emplace_back(transport, std::move(server));
    } catch (const asyncio::OSError& error) {
        const bool is_first =
            std::none_of(servers_.begin(), servers_.end(),
                         [transport](const auto& server) { return server.first == transport; });
        if (!is_missing_ipv6(error, endpoint) || is_first) {
            fail(error, endpoint.to_string(), protocol_->name, transport);
        }
        log::warning("cannot listen on '" + endpoint.to_string() +
                     "': " + std::strerror(error.code().value()) + "; going on without it");
    }
}

asyncio::Coroutine<> Listener::open_unix(std::string path)
{
    const auto on_connection = [protocol = protocol_,
                                reception = reception_](asyncio::Stream reader, asyncio::Stream) {
        return receive(protocol, reception, std::move(reader), Transport::unix_socket);
    };
    auto starting = asyncio::start_unix_server(on_connection, path, backlog);
    try {
        asyncio::Server server = co_await std::move(starting);
        servers_.emplace_back(Transport::unix_socket, std::move(server));
    } catch (const asyncio::OSError& error) {
        fail(error, path, protocol_->name, Transport::unix_socket);
    }
}

std::vector<std::string> Listener::describe() const
{
    std::vector<std::string> lines;
    for (const auto& [transport, server] : servers_) {
        const std::string how = transport == Transport::tls ? " with TLS on " : " on ";
        for (const std::string& socket : server.sockets()) {
            lines.push_back(protocol_->name + how + socket);
        }
    }
    return lines;
}

}  // namespace boardd
