#include <asyncio/connection.hpp>

#include "net/connect_race.hpp"
#include "net/resolver.hpp"
#include "net/secure.hpp"
#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <cassert>

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

/// " ([::1]:80: Network is unreachable; 192.0.2.7:80: Connection refused)", unless it would only
/// say what the rest of the message says.
std::string details(const std::vector<ConnectRace::Failure>& failures, const std::string& name)
{
    if (failures.size() == 1 && failures.front().address.to_string() == name) {
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
            text += ": " + std::generic_category().message(failure.error);
        }
    }
    return text + ")";
}

}  // namespace

Coroutine<Socket> connect_any(std::vector<Address> addresses, std::string name)
{
    ConnectRace race{interleaved(addresses)};
    Socket socket = co_await race.won();
    if (!socket.is_open()) {
        assert(!race.failures().empty());
        throw_errno(race.failures().back().error,
                    "connect to '" + name + "'" + details(race.failures(), name));
    }
    co_return socket;
}

}  // namespace detail

namespace {

/// "example.org:80", "[::1]:80".
std::string with_port(const std::string& host, int port)
{
    const bool numeric_ipv6 = host.find(':') != host.npos;
    return (numeric_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

/// The stream twice, as a reader and a writer; protected, if there is a session.
Coroutine<std::pair<Stream, Stream>> both(detail::Socket socket,
                                          std::unique_ptr<detail::StreamSecurity> session)
{
    const Stream stream = detail::make_stream(std::move(socket));
    if (session != nullptr) {
        co_await detail::secure(stream, std::move(session));
    }
    co_return std::pair{stream, stream};
}

}  // namespace

Coroutine<std::pair<Stream, Stream>> open_connection(std::string host, int port,
                                                     detail::SSLOption ssl,
                                                     std::string server_hostname)
{
    const std::uint16_t number = detail::checked_port(port);
    auto session =
        detail::new_client_session(ssl, server_hostname.empty() ? host : server_hostname);
    std::vector<detail::Address> addresses = co_await detail::resolve(host, number);
    detail::Socket socket =
        co_await detail::connect_any(std::move(addresses), with_port(host, port));
    co_return co_await both(std::move(socket), std::move(session));
}

Coroutine<std::pair<Stream, Stream>> open_unix_connection(std::string path, detail::SSLOption ssl,
                                                          std::string server_hostname)
{
    auto session = detail::new_client_session(ssl, server_hostname);
    const detail::Address address = detail::unix_address(path);
    std::vector<detail::Address> addresses(1, address);
    detail::Socket socket = co_await detail::connect_any(std::move(addresses), address.to_string());
    co_return co_await both(std::move(socket), std::move(session));
}

}  // namespace asyncio
