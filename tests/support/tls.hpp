#pragma once

#include "support/certificates.hpp"
#include "support/streams.hpp"

#include <asyncio/asyncio.hpp>

#include <string>
#include <utility>
#include <vector>

// What the tests of TLS share, on a virtual loop and on the kernel's.

namespace asyncio::test {

/// A server's context with this certificate.
inline SSLContext server_context(const Identity& identity = localhost_identity())
{
    SSLContext context{PROTOCOL_TLS_SERVER};
    context.load_cert_chain(identity.certificate, identity.key);
    return context;
}

/// A client's context that trusts this authority.
inline SSLContext client_context(const Authority& authority = test_authority())
{
    SSLContext context{PROTOCOL_TLS_CLIENT};
    context.load_verify_locations(authority.certificate());
    return context;
}

/// A connection over TLS; its server is closed again.
inline Coroutine<Ends> connect_tls(SSLContext server, SSLContext client,
                                   std::string host = "127.0.0.1", std::string hostname = {})
{
    std::vector<Stream> accepted;
    const Keep keep{accepted};
    const Server listening = co_await start_server(keep, host, 0, 5, server);
    auto [stream, same] = co_await open_connection(host, listening.port(), client, hostname);
    while (accepted.empty()) {
        co_await sleep_ms(0);
    }
    co_return Ends{stream, accepted.front()};
}

inline Coroutine<Ends> connect_tls()
{
    const SSLContext server = server_context();
    const SSLContext client = client_context();
    return connect_tls(server, client);
}

/// Sends back what it reads, until the end.
inline Coroutine<> echo_back(StreamReader reader, StreamWriter writer)
{
    for (;;) {
        const std::string data = co_await reader.read(4096);
        if (data.empty()) {
            break;
        }
        writer.write(data);
        co_await writer.drain();
    }
    writer.close();
    co_await writer.wait_closed();
}

}  // namespace asyncio::test
