#include "support/tls.hpp"
#include "net/stream_state.hpp"
#include "tls/session.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <openssl/err.h>

// TLS between two ends of a simulated network.

namespace asyncio::test {
namespace {

Coroutine<std::string> ask(Stream stream, std::string question)
{
    stream.write(question);
    stream.write_eof();
    const std::string answer = co_await stream.read();
    stream.close();
    co_await stream.wait_closed();
    co_return answer;
}

TEST(Tls, CarriesWhatBothEndsSay)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_tls());
    ends.client.write("hello ");
    ends.client.write("board");
    ends.server.write("hello client");

    EXPECT_EQ(loop.run(ends.server.readexactly(11)), "hello board");
    EXPECT_EQ(loop.run(ends.client.readexactly(12)), "hello client");
    EXPECT_EQ(ends.client.get_extra_info("version"), "TLSv1.3");
    EXPECT_EQ(ends.server.get_extra_info("version"), "TLSv1.3");
    EXPECT_EQ(ends.client.get_extra_info("cipher"), ends.server.get_extra_info("cipher"));
    EXPECT_EQ(ends.client.get_extra_info("alpn"), std::nullopt);
}

TEST(Tls, EndsCleanlyAndLeavesNothing)
{
    VirtualLoop loop;
    {
        Ends ends = loop.run(connect_tls());
        ends.client.write("last words");
        ends.client.close();
        EXPECT_EQ(loop.run(ends.server.read()), "last words");
        EXPECT_TRUE(ends.server.at_eof());
        loop.run(ends.server.wait_closed());
        loop.run(ends.client.wait_closed());
        EXPECT_EQ(loop.now(), std::chrono::nanoseconds{0});  // Nobody waited for a time limit.
    }
    EXPECT_EQ(loop.open_descriptors(), 0U);
    EXPECT_EQ(loop.operations(), 0U);
}

TEST(Tls, WriteEofEndsOneDirection)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_tls());
    const auto echo = loop.create_task(echo_back(ends.server, ends.server));
    EXPECT_EQ(loop.run(ask(ends.client, "once more")), "once more");
    loop.run_until_idle();
    EXPECT_TRUE(echo.done());
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

TEST(Tls, HoldsItsContextsNoLongerThanItNeedsThem)
{
    const SSLContext server = server_context();
    const SSLContext client = client_context();
    {
        VirtualLoop loop;
        Ends ends = loop.run(connect_tls(server, client));
        loop.run_until_idle();  // The listener is gone.
        EXPECT_EQ(server.context().use_count(), 2);  // Ours, and the session's.
        EXPECT_EQ(client.context().use_count(), 2);
    }
    EXPECT_EQ(server.context().use_count(), 1);
    EXPECT_EQ(client.context().use_count(), 1);
}

TEST(Tls, GoesOverUnixSocketsToo)
{
    VirtualLoop loop;
    const Server server =
        loop.run(start_unix_server(echo_back, "/run/x.sock", 5, server_context()));
    auto [reader, writer] =
        loop.run(open_unix_connection("/run/x.sock", client_context(), "localhost"));
    EXPECT_EQ(loop.run(ask(writer, "through a file")), "through a file");
    EXPECT_THROW(loop.run(open_unix_connection("/run/x.sock", client_context())),
                 std::invalid_argument);  // Whose name should the certificate have?
}

TEST(Tls, SpeaksTls12WithCiphersOfToday)
{
    VirtualLoop loop;
    SSLContext client = client_context();
    client.maximum_version(TLSVersion::TLSv1_2);
    Ends ends = loop.run(connect_tls(server_context(), client));
    EXPECT_EQ(ends.server.get_extra_info("version"), "TLSv1.2");
    EXPECT_TRUE(ends.server.get_extra_info("cipher")->starts_with("ECDHE-ECDSA-"));
    const auto echo = loop.create_task(echo_back(ends.server, ends.server));
    EXPECT_EQ(loop.run(ask(ends.client, "once more")), "once more");
}

// Certificates

SSLContext mutual_server()
{
    SSLContext context = server_context();
    context.load_verify_locations(test_authority().certificate());
    context.verify_mode(CERT_REQUIRED);
    return context;
}

TEST(Tls, TellsBothEndsWhoTheOtherIs)
{
    VirtualLoop loop;
    const Identity lamp =
        test_authority().issue(Wanted{"lamp"}.names({"DNS:lamp.local", "URI:urn:board:7"}));
    SSLContext client = client_context();
    client.load_cert_chain(lamp.certificate, lamp.key);
    Ends ends = loop.run(connect_tls(mutual_server(), client));

    const std::optional<PeerCertificate> of_client = getpeercert(ends.server);
    ASSERT_TRUE(of_client);
    EXPECT_EQ(of_client->subject, "CN=lamp");
    EXPECT_EQ(of_client->issuer, "CN=Test CA");
    EXPECT_EQ(of_client->subject_alt_names,
              (std::vector<std::string>{"DNS:lamp.local", "URI:urn:board:7"}));
    EXPECT_EQ(of_client->spki_sha256.size(), 64U);
    EXPECT_LT(of_client->not_before, std::chrono::system_clock::now());
    EXPECT_GT(of_client->not_after, std::chrono::system_clock::now());

    const std::optional<PeerCertificate> of_server = getpeercert(ends.client);
    ASSERT_TRUE(of_server);
    EXPECT_EQ(of_server->subject, "CN=localhost");
    EXPECT_EQ(of_server->subject_alt_names,
              (std::vector<std::string>{"DNS:localhost", "IP:127.0.0.1", "IP:::1"}));
    EXPECT_NE(of_server->spki_sha256, of_client->spki_sha256);

    const std::string lines = ends.server.get_extra_info("peercert").value();
    EXPECT_TRUE(lines.starts_with("subject=CN=lamp\nissuer=CN=Test CA\n"
                                  "subjectAltName=DNS:lamp.local\nsubjectAltName=URI:urn:board:7\n"
                                  "notBefore="))
        << lines;
    EXPECT_TRUE(lines.ends_with("\nspki_sha256=" + of_client->spki_sha256));
}

TEST(Tls, TellsNothingAboutACertificateThatWasNotVerified)
{
    VirtualLoop loop;
    SSLContext client{PROTOCOL_TLS_CLIENT};
    client.check_hostname(false);
    client.verify_mode(CERT_NONE);
    Ends ends = loop.run(connect_tls(server_context(), client));
    EXPECT_FALSE(getpeercert(ends.client));
    EXPECT_FALSE(ends.client.get_extra_info("peercert"));
    EXPECT_FALSE(getpeercert(ends.server));

    // Nor when it happens to be one that would have passed.
    client.load_verify_locations(test_authority().certificate());
    Ends others = loop.run(connect_tls(server_context(), client));
    EXPECT_FALSE(getpeercert(others.client));

    Ends plain = loop.run(connect_ends());
    EXPECT_FALSE(getpeercert(plain.client));
    EXPECT_FALSE(plain.client.get_extra_info("version"));
}

TEST(Tls, AnOptionalCertificateMayBeMissing)
{
    VirtualLoop loop;
    SSLContext server = mutual_server();
    server.verify_mode(CERT_OPTIONAL);
    Ends ends = loop.run(connect_tls(server, client_context()));
    EXPECT_FALSE(getpeercert(ends.server));
}

TEST(Tls, ANewCertificateIsForNewConnections)
{
    VirtualLoop loop;
    std::vector<Stream> accepted;
    const Keep keep{accepted};
    SSLContext context = server_context(test_authority().issue(Wanted{"old"}));
    const Server server = loop.run(start_server(keep, "127.0.0.1", 0, 5, context));
    SSLContext client = client_context();
    client.check_hostname(false);
    auto [before, same] = loop.run(open_connection("127.0.0.1", server.port(), client));

    const Identity renewed = test_authority().issue(Wanted{"new"});
    const Identity other = test_authority().issue(Wanted{"unfit"});
    EXPECT_THROW(context.load_cert_chain(renewed.certificate, other.key), SSLError);
    context.load_cert_chain(renewed.certificate, renewed.key);
    EXPECT_THROW(context.load_cert_chain(other.certificate, renewed.key), SSLError);

    auto [after, same_too] = loop.run(open_connection("127.0.0.1", server.port(), client));
    loop.run_until_idle();
    EXPECT_EQ(getpeercert(before)->subject, "CN=old");
    EXPECT_EQ(getpeercert(after)->subject, "CN=new");
    before.write("still there");
    EXPECT_EQ(loop.run(accepted.at(0).readexactly(11)), "still there");
}

TEST(Tls, ServesEachNameWithItsOwnContext)
{
    VirtualLoop loop;
    std::vector<std::string> asked;
    SSLContext first = server_context();
    const SSLContext lamp = server_context(test_authority().issue(Wanted{"lamp.local"}));
    first.set_sni_callback([&asked, lamp](const std::string& name) -> std::optional<SSLContext> {
        asked.push_back(name);
        if (name == "lamp.local") {
            return lamp;
        }
        if (name == "stranger") {
            throw std::runtime_error{"there is no stranger here"};
        }
        return std::nullopt;
    });
    const Ends of_lamp = loop.run(connect_tls(first, client_context(), "127.0.0.1", "lamp.local"));
    EXPECT_EQ(getpeercert(of_lamp.client)->subject, "CN=lamp.local");
    const Ends of_rest = loop.run(connect_tls(first, client_context(), "127.0.0.1", "localhost"));
    EXPECT_EQ(getpeercert(of_rest.client)->subject, "CN=localhost");
    const Ends nameless = loop.run(connect_tls(first, client_context()));
    EXPECT_EQ(getpeercert(nameless.client)->subject, "CN=localhost");
    EXPECT_EQ(asked, (std::vector<std::string>{"lamp.local", "localhost", ""}));

    std::string report;
    loop.loop().set_exception_handler([&report](Loop&, const ExceptionContext& context) {
        try {
            std::rethrow_exception(context.exception);
        } catch (const std::exception& error) {
            report = error.what();
        }
    });
    const std::string refused =
        loop.run(thrown_by(connect_tls(first, client_context(), "127.0.0.1", "stranger")));
    EXPECT_NE(refused.find("the peer does not know the server's name"), std::string::npos)
        << refused;
    EXPECT_EQ(report, "there is no stranger here");
}

TEST(Tls, AsksForACertificateAsTheContextOfTheNameSays)
{
    VirtualLoop loop;
    loop.loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
    SSLContext open = server_context();
    const SSLContext strict = mutual_server();
    open.set_sni_callback(
        [strict](const std::string&) -> std::optional<SSLContext> { return strict; });
    Ends ends = loop.run([](SSLContext server, SSLContext client) -> Coroutine<Ends> {
        const Server listening = co_await start_server(echo_back, "127.0.0.1", 0, 5, server);
        auto [stream, same] =
            co_await open_connection("127.0.0.1", listening.port(), client, "localhost");
        co_return Ends{stream, same};
    }(open, client_context()));
    EXPECT_NE(loop.run(thrown_by(ends.client.read(1))).find("the peer wants a certificate"),
              std::string::npos);
}

TEST(Tls, ChoosesTheProtocolThatTheServerLikesBest)
{
    VirtualLoop loop;
    SSLContext server = server_context();
    SSLContext client = client_context();
    client.set_alpn_protocols({"http/1.1", "h2", "board/1"});
    const Ends nothing = loop.run(connect_tls(server, client));
    EXPECT_FALSE(nothing.client.get_extra_info("alpn"));

    server.set_alpn_protocols({"board/1", "h2"});
    const Ends ends = loop.run(connect_tls(server, client));
    EXPECT_EQ(ends.client.get_extra_info("alpn"), "board/1");
    EXPECT_EQ(ends.server.get_extra_info("alpn"), "board/1");

    client.set_alpn_protocols({"mqtt"});
    const Ends different = loop.run(connect_tls(server, client));
    EXPECT_FALSE(different.client.get_extra_info("alpn"));
}

TEST(Tls, TrueMeansTheSystemsAuthorities)
{
    VirtualLoop loop;
    loop.loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
    const Server server = loop.run(start_server(echo_back, "127.0.0.1", 0, 5, server_context()));
    const std::string refused =
        loop.run(thrown_by(open_connection("127.0.0.1", server.port(), true)));
    EXPECT_NE(refused.find("signed by an unknown authority 'Test CA'"), std::string::npos);

    ::setenv("SSL_CERT_FILE", test_authority().certificate().c_str(), 1);
    auto [reader, writer] = loop.run(open_connection("127.0.0.1", server.port(), true));
    ::unsetenv("SSL_CERT_FILE");
    EXPECT_EQ(loop.run(ask(writer, "trusted")), "trusted");
    EXPECT_EQ(loop.run(thrown_by(open_connection("127.0.0.1", server.port(), false))), "nothing");
}

// What a hostile peer may try

SSL* session_of(const Stream& stream)
{
    return dynamic_cast<const detail::TlsSession&>(*stream.state().security()).handle();
}

TEST(Tls, GivesNoTicketsAndKeepsNoSessions)
{
    VirtualLoop loop;
    const SSLContext server = server_context();
    for (const TLSVersion version : {TLSVersion::TLSv1_2, TLSVersion::TLSv1_3}) {
        SSLContext client = client_context();
        client.maximum_version(version);
        Ends ends = loop.run(connect_tls(server, client));
        ends.server.write("x");
        EXPECT_EQ(loop.run(ends.client.read(1)), "x");  // A ticket would have come before it.
        EXPECT_EQ(SSL_SESSION_has_ticket(SSL_get_session(session_of(ends.client))), 0);
        EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get_session(session_of(ends.client))), 0);
    }
    EXPECT_EQ(SSL_CTX_sess_number(server.context()->get()), 0);
}

TEST(Tls, KeepsNoSessionOfAServerThatGivesTickets)
{
    VirtualLoop loop;
    const SSLContext server = server_context();
    SSL_CTX_clear_options(server.context()->get(), SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(server.context()->get(), 2);
    const SSLContext client = client_context();
    for (int i = 0; i < 3; ++i) {
        Ends ends = loop.run(connect_tls(server, client));
        ends.server.write("x");
        EXPECT_EQ(loop.run(ends.client.read(1)), "x");
        EXPECT_EQ(SSL_session_reused(session_of(ends.client)), 0);
    }
    EXPECT_EQ(SSL_CTX_sess_number(client.context()->get()), 0);
}

TEST(Tls, EndsASessionThatAsksForTooManyAnswers)
{
    VirtualLoop loop;
    SSLContext client = client_context();
    client.maximum_version(TLSVersion::TLSv1_2);
    Ends ends = loop.run(connect_tls(server_context(), client));
    // A server that wants to renegotiate again and again, and reads no refusal.
    SSL_clear_options(session_of(ends.server), SSL_OP_NO_RENEGOTIATION);
    const auto reading = loop.create_task(thrown_by(ends.client.read()));
    detail::StreamOutput& output = ends.server.state().output();
    int asked = 0;
    for (; asked < 2000 && !reading.done(); ++asked) {
        SSL_renegotiate(session_of(ends.server));
        ends.server.state().security()->start(output.queue());
        output.flush();
        loop.run_until_idle();
    }
    ASSERT_TRUE(reading.done());
    EXPECT_GT(asked, 100);
    EXPECT_NE(reading.result().find("the peer asks for too many answers"), std::string::npos)
        << reading.result();
}

TEST(Tls, AnErrorOfOneConnectionDoesNotReachAnother)
{
    VirtualLoop loop;
    loop.loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
    Ends good = loop.run(connect_tls());
    ERR_raise(ERR_LIB_SSL, SSL_R_BAD_RECORD_TYPE);  // Somebody's leftover.
    good.client.write("fine");
    ERR_raise(ERR_LIB_SSL, SSL_R_BAD_RECORD_TYPE);
    EXPECT_EQ(loop.run(good.server.readexactly(4)), "fine");
    good.client.write("still");
    EXPECT_EQ(loop.run(good.server.readexactly(5)), "still");
    ERR_raise(ERR_LIB_SSL, SSL_R_BAD_RECORD_TYPE);
    Ends other = loop.run(connect_tls());
    other.client.close();
    EXPECT_EQ(loop.run(other.server.read()), "");
    ERR_clear_error();
}

}  // namespace
}  // namespace asyncio::test
