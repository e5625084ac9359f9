#include "boardd/listener.hpp"

#include "boardd/failure.hpp"
#include "boardd/log.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/server.hpp>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

namespace boardd {
namespace {

constexpr int backlog = 64;

enum class Family : std::uint8_t { tcp, unix_socket };

/// The address of a peer without its port; Unix sockets all count as one.
std::string address_of(const std::string& peer, Family family)
{
    return family == Family::unix_socket ? "unix" : peer.substr(0, peer.rfind(':'));
}

/// Tells a client that there is no place for it, and the log that this has begun.
void refuse(const Protocol& protocol, Reception& reception, const asyncio::Stream& stream,
            const std::string& address)
{
    if (!std::exchange(reception.refusing, true)) {
        log::warning("too many clients: refusing " + protocol.name + " from " + address +
                     "; see [limits] in the configuration");
    }
    try {
        stream.write(protocol.refusal);
    } catch (const asyncio::OSError&) {
        // It has gone already.
    }
    stream.close();
}

asyncio::Coroutine<> receive(std::shared_ptr<const Protocol> protocol,
                             std::shared_ptr<Reception> reception, asyncio::Stream stream,
                             Family family)
{
    const std::string peer = stream.get_extra_info("peername").value_or("");
    if (peer.empty() && family == Family::tcp) {
        stream.close();  // It was gone before it was accepted.
        co_return;
    }
    const std::string address = address_of(peer, family);
    const std::optional<Connections::Place> place =
        reception->connections->admit(address, *reception->limits);
    if (!place) {
        refuse(*protocol, *reception, stream, address);
        co_return;
    }
    reception->refusing = false;
    const Sessions::Member member{reception->sessions};
    const std::string who =
        protocol->name + " client " + (family == Family::tcp ? peer : "on a Unix socket");

    log::debug(who + " connected");
    co_await reception->open.wait();
    co_await protocol->serve(stream);
    log::debug(who + " disconnected");
}

/// What can be done about an address that cannot be listened on.
std::string cure(int error, const std::string& where, const std::string& protocol)
{
    switch (error) {
        case EADDRINUSE:
            if (where.starts_with('/')) {
                return "; another server listens on it";
            }
            return "; is " + std::string{protocol == "pigpio" ? "pigpiod or " : ""} +
                   "another boardd running? See 'ss -ltnp', or choose another port with --" +
                   protocol + "-port";
        case EACCES: return "; ports below 1024 and other users' folders need privileges";
        case EADDRNOTAVAIL: return "; no interface of this machine has this address";
        case ENOENT: return "; its folder does not exist";
        default: return "";
    }
}

[[noreturn]] void fail(const asyncio::OSError& error, const std::string& where,
                       const std::string& protocol)
{
    const int reason = error.code().value();
    throw Failure{EX_UNAVAILABLE, "cannot listen on '" + where + "': " + std::strerror(reason) +
                                      cure(reason, where, protocol)};
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
        co_await open_tcp(endpoint);
    }
    if (!config.unix_path.empty()) {
        co_await open_unix(config.unix_path);
    }
}

asyncio::Coroutine<> Listener::open_tcp(Endpoint endpoint)
{
    const auto on_connection = [protocol = protocol_,
                                reception = reception_](asyncio::Stream reader, asyncio::Stream) {
        return receive(protocol, reception, std::move(reader), Family::tcp);
    };
    auto starting = asyncio::start_server(on_connection, endpoint.host, endpoint.port, backlog);
    try {
        asyncio::Server server = co_await std::move(starting);
        servers_.push_back(std::move(server));
    } catch (const asyncio::OSError& error) {
        if (!is_missing_ipv6(error, endpoint) || servers_.empty()) {
            fail(error, endpoint.to_string(), protocol_->name);
        }
        log::warning("cannot listen on '" + endpoint.to_string() +
                     "': " + std::strerror(error.code().value()) + "; going on without it");
    }
}

asyncio::Coroutine<> Listener::open_unix(std::string path)
{
    const auto on_connection = [protocol = protocol_,
                                reception = reception_](asyncio::Stream reader, asyncio::Stream) {
        return receive(protocol, reception, std::move(reader), Family::unix_socket);
    };
    auto starting = asyncio::start_unix_server(on_connection, path, backlog);
    try {
        asyncio::Server server = co_await std::move(starting);
        servers_.push_back(std::move(server));
    } catch (const asyncio::OSError& error) {
        fail(error, path, protocol_->name);
    }
}

std::vector<std::string> Listener::describe() const
{
    std::vector<std::string> lines;
    for (const asyncio::Server& server : servers_) {
        for (const std::string& socket : server.sockets()) {
            lines.push_back(protocol_->name + " on " + socket);
        }
    }
    return lines;
}

}  // namespace boardd
