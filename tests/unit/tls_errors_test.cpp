#include "support/handshakes.hpp"
#include "tls/context.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>

// What goes wrong in a handshake, and what each end is told.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

TEST(TlsErrors, NoneWhenAllIsWell)
{
    const End end = try_handshake(server_context(), client_context());
    EXPECT_EQ(end.client, "nothing");
    EXPECT_EQ(end.server, "nothing");
}

TEST(TlsErrors, TheCommonNameIsNoName)
{
    const Identity identity = test_authority().issue(Wanted{"localhost"}.names({"URI:other"}));
    const End end = try_handshake(server_context(identity), client_context());
    EXPECT_NE(end.client.find("host name 'localhost' does not match 'other'"), std::string::npos)
        << end.client;
}

TEST(TlsErrors, AddressesAreCheckedAsAddresses)
{
    const Identity identity =
        test_authority().issue(Wanted{"lamp"}.names({"IP:192.0.2.7", "DNS:127.0.0.1"}));
    EXPECT_NE(try_handshake(server_context(identity), client_context(), "127.0.0.1")
                  .client.find("host name '127.0.0.1' does not match '192.0.2.7', '127.0.0.1'"),
              std::string::npos);
    EXPECT_EQ(try_handshake(server_context(identity), client_context(), "192.0.2.7").client,
              "nothing");
}

TEST(TlsErrors, AVerificationErrorHasItsCode)
{
    VirtualLoop loop;
    std::vector<std::string> reports;
    keep_reports(loop, reports);
    const Server server = loop.run(start_server(greet, host, 0, 5, server_context()));
    try {
        loop.run(connect_and_read(server.port(), client_context(other_authority()), ""));
        FAIL() << "it was accepted";
    } catch (const SSLCertVerificationError& error) {
        EXPECT_EQ(error.verify_code, 20);
        EXPECT_EQ(error.verify_message, "unable to get local issuer certificate");
        EXPECT_EQ(error.reason, "CERTIFICATE_VERIFY_FAILED");
        EXPECT_EQ(error.code().category(), ssl_category());
    }
}

class NoClientCertificate : public testing::TestWithParam<TLSVersion> {};

TEST_P(NoClientCertificate, IsSaidOnBothSides)
{
    SSLContext server = server_context();
    server.load_verify_locations(test_authority().certificate());
    server.verify_mode(CERT_REQUIRED);
    SSLContext client = client_context();
    client.maximum_version(GetParam());
    const End end = try_handshake(server, client);
    EXPECT_EQ(without_address(end.server),
              "cannot start TLS with PEER: the peer has no certificate");
    // With TLS 1.3 the client's handshake is over by then.
    EXPECT_EQ(without_address(end.client),
              GetParam() == TLSVersion::TLSv1_3
                  ? "OSError 1 cannot read from PEER: the peer wants a certificate, and got none"
                  : "OSError 1 cannot start TLS with PEER: the peer refused the handshake; it "
                    "asked for a certificate, and got none");
}

INSTANTIATE_TEST_SUITE_P(Versions, NoClientCertificate,
                         testing::Values(TLSVersion::TLSv1_2, TLSVersion::TLSv1_3));

TEST(TlsErrors, VersionsWithoutOverlap)
{
    SSLContext server = server_context();
    server.minimum_version(TLSVersion::TLSv1_3);
    SSLContext client = client_context();
    client.maximum_version(TLSVersion::TLSv1_2);
    const End end = try_handshake(server, client);
    EXPECT_EQ(without_address(end.server),
              "cannot start TLS with PEER: the peer speaks none of our versions of TLS");
    EXPECT_EQ(without_address(end.client),
              "OSError 1 cannot start TLS with PEER: the peer speaks none of our versions of TLS");
}

TEST(TlsErrors, KeysAreNotAgreedOnInFiniteFields)
{
    const SSLContext client = client_context();
    ASSERT_EQ(SSL_CTX_set1_groups_list(client.context()->get(), "ffdhe2048:ffdhe8192"), 1);
    const End end = try_handshake(server_context(), client);
    EXPECT_EQ(without_address(end.server),
              "cannot start TLS with PEER: the peer has no group for the keys in common with us");
    EXPECT_EQ(without_address(end.client),
              "OSError 1 cannot start TLS with PEER: the peer refused the handshake");
}

TEST(TlsErrors, AClientWithoutAVersionSaysSoAtOnce)
{
    SSLContext client = client_context();
    client.minimum_version(TLSVersion::TLSv1_3);
    client.maximum_version(TLSVersion::TLSv1_2);
    VirtualLoop loop;
    const Server server = loop.run(start_server(nullptr, host, 0));
    EXPECT_EQ(without_address(loop.run(thrown_by(connect_and_read(server.port(), client, "")))),
              "OSError 1 cannot start TLS with PEER: no protocols available");
    EXPECT_EQ(loop.now(), 0s);
}

Coroutine<> only_write(int port, SSLContext context)
{
    auto [reader, writer] = co_await open_connection(host, port, context);
    for (int i = 0; i < 60; ++i) {
        writer.write("measured\n");
        co_await writer.drain();
        co_await sleep(1);
    }
}

TEST(TlsErrors, WhoOnlyWritesHearsWhyNobodyListens)
{
    SSLContext context = server_context();
    context.load_verify_locations(test_authority().certificate());
    context.verify_mode(CERT_REQUIRED);
    VirtualLoop loop;
    std::vector<std::string> reports;
    keep_reports(loop, reports);
    const Server server = loop.run(start_server(greet, host, 0, 5, context));
    EXPECT_EQ(without_address(loop.run(thrown_by(only_write(server.port(), client_context())))),
              "OSError 1 cannot write to PEER: the peer wants a certificate, and got none");
}

// Peers that speak something else

Coroutine<std::string> say_plainly(int port, std::string text)
{
    auto [reader, writer] = co_await open_connection(host, port);
    writer.write(text);
    const std::string answer = co_await reader.read();
    co_return answer;
}

class Garbage : public testing::TestWithParam<std::pair<const char*, std::string>> {};

TEST_P(Garbage, IsCalledWhatItIs)
{
    VirtualLoop loop;
    std::vector<std::string> reports;
    keep_reports(loop, reports);
    {
        const Server server = loop.run(start_server(greet, host, 0, 5, server_context()));
        (void)loop.run(say_plainly(server.port(), GetParam().second));
        loop.run_until_idle();
        ASSERT_EQ(reports.size(), 1U);
        EXPECT_EQ(without_address(reports.front()),
                  std::string{"cannot start TLS with PEER: "} + GetParam().first);
    }
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, Garbage,
    testing::Values(std::pair{"the peer sent a plain HTTP request",
                              std::string{"GET / HTTP/1.1\r\nHost: board\r\n\r\n"}},
                    std::pair{"the peer does not speak TLS",
                              std::string{"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"}},
                    std::pair{"the peer does not speak TLS", std::string(500, '\0')},
                    std::pair{"the peer does not speak TLS", std::string(70'000, '\xff')}));

Coroutine<> speak_first(StreamReader, StreamWriter writer)
{
    writer.write("220 mail.example.org ESMTP\r\n");
    co_await sleep(1);
}

TEST(TlsErrors, AServerThatSpeaksInPlainTextFirst)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(speak_first, host, 0));
    EXPECT_EQ(
        without_address(loop.run(thrown_by(connect_and_read(server.port(), client_context(), "")))),
        "OSError 1 cannot start TLS with PEER: the peer does not speak TLS");
}

Coroutine<> refuse_letters(StreamReader reader, StreamWriter writer)
{
    const std::string hello = co_await reader.read(4096);
    EXPECT_TRUE(hello.starts_with("\x16\x03"));
    writer.write("ERR what?\n");
}

TEST(TlsErrors, APlainServerGetsAHandshakeThatItDoesNotUnderstand)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(refuse_letters, host, 0));
    EXPECT_EQ(
        without_address(loop.run(thrown_by(connect_and_read(server.port(), client_context(), "")))),
        "OSError 1 cannot start TLS with PEER: the peer does not speak TLS");
}

TEST(TlsErrors, APeerThatResetsTheHandshake)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(nullptr, host, 0));  // With the hello unread.
    EXPECT_EQ(
        without_address(loop.run(thrown_by(connect_and_read(server.port(), client_context(), "")))),
        "OSError 104 cannot start TLS with PEER: Connection reset by peer");
}

Coroutine<> read_and_close(StreamReader reader, StreamWriter writer)
{
    co_await reader.read(4096);
    writer.close();
}

TEST(TlsErrors, APeerThatClosesDuringTheHandshake)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(read_and_close, host, 0));
    const std::string end =
        without_address(loop.run(thrown_by(connect_and_read(server.port(), client_context(), ""))));
    EXPECT_EQ(end,
              "OSError 8 cannot start TLS with PEER: the peer closed the connection during the "
              "handshake");
}

// Time

Coroutine<> say_nothing(StreamReader, StreamWriter writer)
{
    co_await sleep(1000);
    writer.close();
}

TEST(TlsErrors, AHandshakeHasAMinute)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(say_nothing, host, 0));
    EXPECT_EQ(
        without_address(loop.run(thrown_by(connect_and_read(server.port(), client_context(), "")))),
        "OSError 110 cannot start TLS with PEER in 60 s: Connection timed out");
    EXPECT_EQ(loop.now(), 60s);
}

TEST(TlsErrors, AServerWaitsForAHandshakeNoLongerThanItIsTold)
{
    VirtualLoop loop;
    std::vector<std::string> reports;
    keep_reports(loop, reports);
    SSLContext context = server_context();
    context.handshake_timeout(2.5);
    const Server server = loop.run(start_server(greet, host, 0, 5, context));
    const auto slow = loop.create_task(say_plainly(server.port(), "\x16\x03\x01"));
    loop.advance(1s);

    // The slow one holds up nobody.
    EXPECT_EQ(loop.run(connect_and_read(server.port(), client_context(), "")), "hello");
    EXPECT_EQ(loop.now(), 1s);

    loop.advance(1499ms);
    EXPECT_FALSE(slow.done());
    loop.advance(1ms);
    EXPECT_TRUE(slow.done());
    EXPECT_THROW((void)slow.result(), OSError);
    ASSERT_EQ(reports.size(), 2U);  // The slow client's own end is the other one.
    EXPECT_EQ(without_address(reports.front()),
              "cannot start TLS with PEER in 2500 ms: Connection timed out");
}

}  // namespace
}  // namespace asyncio::test
