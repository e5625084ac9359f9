#include <asyncio/connection.hpp>

#include "net/connect_race.hpp"
#include "net/limit_text.hpp"
#include "net/resolver.hpp"
#include "net/secure.hpp"
#include "net/stream_state.hpp"

#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/timeout.hpp>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <stdexcept>

namespace asyncio {
namespace detail {

std::vector<Address> interleaved(const std::vector<Address>& addresses)
{
    std::vector<Address> first;
    std::vector<Address> second;
    for (const Address& address : addresses) {
        (address.family() == addresses.front().family() ? first : second).push_back(address);
    }
    std::vector<Address> result;
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) {
            result.push_back(first[i]);
        }
        if (i < second.size()) {
            result.push_back(second[i]);
        }
    }
    return result;
}

namespace {

std::string reason(int error)
{
    return error == ECANCELED ? "no answer yet" : std::generic_category().message(error);
}

/// " ([::1]:80: Network is unreachable; 192.0.2.7:80: Connection refused)", unless it would only
/// say what the rest of the message says.
std::string details(const std::vector<ConnectRace::Failure>& failures, const std::string& name)
{
    if (failures.empty() ||
        (failures.size() == 1 && failures.front().address.to_string() == name)) {
        return "";
    }
    const int last = failures.back().error;
    const bool all_same =
        std::all_of(failures.begin(), failures.end(),
                    [last](const ConnectRace::Failure& failure) { return failure.error == last; });
    std::string text;
    for (const ConnectRace::Failure& failure : failures) {
        text += (text.empty() ? " (" : "; ") + failure.address.to_string();
        if (!all_same) {
            text += ": " + reason(failure.error);
        }
    }
    return text + ")";
}

std::string within(const TimeLimit& timeout)
{
    return timeout.get() ? " in " + limit_text(*timeout.get()) : "";
}

Coroutine<Socket> winner(std::shared_ptr<ConnectRace> race)
{
    Socket socket = co_await race->won();
    co_return socket;
}

}  // namespace

Coroutine<Socket> connect_any(ConnectTarget target)
{
    running_backend().refuse_after_fork();
    const auto race =
        std::make_shared<ConnectRace>(interleaved(target.addresses), std::move(target.local));
    const std::string what = "connect to '" + target.name + "'" + target.from;
    try {
        Socket socket = co_await timeout_at(target.when, winner(race));
        if (socket.is_open()) {
            co_return socket;
        }
    } catch (const TimeoutError&) {
        throw_errno(ETIMEDOUT,
                    what + within(target.timeout) + details(race->failures(), target.name));
    }
    assert(!race->failures().empty());
    throw_errno(race->failures().back().error, what + details(race->failures(), target.name));
}

}  // namespace detail

namespace {

using detail::Address;
using detail::within;

using Deadline = std::optional<Clock::time_point>;

Deadline deadline_of(const ConnectionOptions& options)
{
    if (!options.timeout.get()) {
        return std::nullopt;
    }
    const Clock::time_point now = Clock::now();
    const auto longest = Clock::duration::max() - now.time_since_epoch();
    return now + std::min<Clock::duration>(*options.timeout.get(), longest);
}

/// "example.org:80", "[::1]:80".
std::string with_port(const std::string& host, int port)
{
    const bool numeric_ipv6 = host.find(':') != host.npos;
    return (numeric_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Coroutine<std::vector<Address>> resolve_until(Deadline when, std::string host, std::uint16_t port,
                                              detail::TimeLimit limit)
{
    try {
        co_return co_await timeout_at(when, detail::resolve(host, port));
    } catch (const TimeoutError&) {
        detail::throw_errno(ETIMEDOUT, "resolve '" + host + "'" + within(limit));
    }
}

/// The stream twice, as a reader and a writer; protected, if there is a session.
Coroutine<std::pair<Stream, Stream>> both(detail::Socket socket,
                                          std::unique_ptr<detail::StreamSecurity> session,
                                          Deadline when, detail::TimeLimit limit)
{
    const Stream stream = detail::make_stream(std::move(socket));
    if (session != nullptr) {
        try {
            co_await timeout_at(when, detail::secure(stream, std::move(session)));
        } catch (const TimeoutError&) {
            detail::throw_errno(ETIMEDOUT,
                                "start TLS with '" + stream.state().name() + "'" + within(limit));
        }
    }
    co_return std::pair{stream, stream};
}

}  // namespace

Coroutine<std::pair<Stream, Stream>> open_connection(std::string host, int port,
                                                     ConnectionOptions options)
{
    const std::uint16_t number = detail::checked_port(port);
    auto session = detail::new_client_session(
        options.ssl, options.server_hostname.empty() ? host : options.server_hostname);
    const Deadline when = deadline_of(options);
    detail::ConnectTarget target{with_port(host, port), {}};
    target.timeout = options.timeout;
    target.when = when;
    if (options.local_addr) {
        const std::string& local = options.local_addr->first;
        const std::uint16_t local_port = detail::checked_port(options.local_addr->second);
        target.local = co_await resolve_until(when, local, local_port, options.timeout);
        target.from = " from '" + with_port(local, local_port) + "'";
    }
    target.addresses = co_await resolve_until(when, host, number, options.timeout);
    detail::Socket socket = co_await detail::connect_any(std::move(target));
    co_return co_await both(std::move(socket), std::move(session), when, options.timeout);
}

Coroutine<std::pair<Stream, Stream>> open_connection(std::string host, int port,
                                                     detail::SSLOption ssl,
                                                     std::string server_hostname)
{
    return open_connection(std::move(host), port,
                           ConnectionOptions{std::move(ssl), std::move(server_hostname)});
}

Coroutine<std::pair<Stream, Stream>> open_unix_connection(std::string path,
                                                          ConnectionOptions options)
{
    if (options.local_addr) {
        throw std::invalid_argument{"local_addr is for TCP, not for a Unix socket"};
    }
    auto session = detail::new_client_session(options.ssl, options.server_hostname);
    const Address address = detail::unix_address(path);
    const Deadline when = deadline_of(options);
    detail::ConnectTarget target{address.to_string(), std::vector<Address>(1, address)};
    target.timeout = options.timeout;
    target.when = when;
    detail::Socket socket = co_await detail::connect_any(std::move(target));
    co_return co_await both(std::move(socket), std::move(session), when, options.timeout);
}

Coroutine<std::pair<Stream, Stream>> open_unix_connection(std::string path, detail::SSLOption ssl,
                                                          std::string server_hostname)
{
    return open_unix_connection(std::move(path),
                                ConnectionOptions{std::move(ssl), std::move(server_hostname)});
}

}  // namespace asyncio
