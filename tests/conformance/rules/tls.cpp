// Row 138: TLS.

#include "support/tls.hpp"
#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

#include <cstdlib>

namespace conformance {
namespace {

/// Does a server for `host` pass, with this context and server_hostname?
asyncio::Coroutine<std::string> connect(std::string host, int port, asyncio::detail::SSLOption ssl,
                                        std::string server_hostname)
{
    std::string outcome = "connected";
    try {
        const auto [reader, writer] =
            co_await asyncio::open_connection(host, port, ssl, server_hostname);
        writer.close();
        co_await writer.wait_closed();
    } catch (const asyncio::SSLCertVerificationError& error) {
        outcome = error.verify_message;
    }
    co_return outcome;
}

asyncio::Coroutine<> hostnames()
{
    const asyncio::test::Identity identity = asyncio::test::test_authority().issue(
        asyncio::test::Wanted{"lamp"}.names({"DNS:localhost", "DNS:lamp.local"}));
    const asyncio::SSLContext ours = asyncio::test::server_context(identity);
    const asyncio::SSLContext context = asyncio::test::client_context();
    const asyncio::Server server = co_await asyncio::start_server(nullptr, "localhost", 0, 5, ours);

    const std::string by_host = co_await connect("localhost", server.port(), context, "");
    EXPECT_EQ(by_host, "connected");
    const std::string by_name = co_await connect("127.0.0.1", server.port(), context, "lamp.local");
    EXPECT_EQ(by_name, "connected");
    const std::string by_address = co_await connect("127.0.0.1", server.port(), context, "");
    EXPECT_EQ(by_address, "IP address mismatch");
}

asyncio::Coroutine<> the_systems_authorities()
{
    const asyncio::SSLContext ours = asyncio::test::server_context();
    const asyncio::Server server = co_await asyncio::start_server(nullptr, "localhost", 0, 5, ours);
    const std::string stranger = co_await connect("localhost", server.port(), true, "");
    EXPECT_EQ(stranger, "unable to get local issuer certificate");

    ::setenv("SSL_CERT_FILE", asyncio::test::test_authority().certificate().c_str(), 1);
    const std::string known = co_await connect("localhost", server.port(), true, "");
    ::unsetenv("SSL_CERT_FILE");
    EXPECT_EQ(known, "connected");
}

void ignore_failures()
{
    asyncio::get_event_loop().set_exception_handler(
        [](asyncio::Loop&, const asyncio::ExceptionContext&) {});
}

RULE(ServerHostnameIsTheHostUnlessGiven, 138)
{
    ignore_failures();
    asyncio::run(hostnames());
}

RULE(TlsByDefaultKnowsTheSystemsAuthorities, 138)
{
    ignore_failures();
    asyncio::run(the_systems_authorities());
}

}  // namespace
}  // namespace conformance
