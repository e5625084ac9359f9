#include "support/tls_peers.hpp"

#include <gtest/gtest.h>

// TLS with openssl and curl.

namespace asyncio::test {
namespace {

Coroutine<> answer_line(StreamReader reader, StreamWriter writer)
{
    const std::string line = co_await reader.readline();
    writer.write("you said " + line);
    writer.close();
    co_await writer.wait_closed();
}

std::string s_client(const std::string& more)
{
    return "sh -c 'printf \"hello\\n\" | openssl s_client -quiet -verify_return_error -CAfile " +
           authority() + " " + more + " -connect 127.0.0.1:";
}

class OpensslPeers : public TlsPeers {
    void SetUp() override { need("openssl"); }
};

TEST_F(OpensslPeers, SClientIsServed)
{
    for (const char* version : {"-tls1_2", "-tls1_3"}) {
        const auto [status, printed] =
            client_says(answer_line, server_context(),
                        s_client("-verify_hostname localhost " + std::string{version}), "'");
        EXPECT_EQ(status, 0) << printed;
        EXPECT_NE(printed.find("you said hello"), printed.npos) << printed;
    }
    EXPECT_EQ(reports.texts(), "");
}

TEST_F(OpensslPeers, SClientOfAnOldVersionIsRefused)
{
    const auto [status, printed] = client_says(answer_line, server_context(),
                                               s_client("-tls1_1 -cipher DEFAULT@SECLEVEL=0"), "'");
    EXPECT_NE(status, 0);
    EXPECT_TRUE(reports.contain("the peer speaks none of our versions of TLS")) << reports.texts();
}

TEST_F(OpensslPeers, SClientWithItsCertificateIsKnown)
{
    SSLContext context = server_context();
    context.load_verify_locations(authority());
    context.verify_mode(CERT_REQUIRED);
    const Identity lamp = test_authority().issue(Wanted{"lamp"});
    const auto known = [](StreamReader reader, StreamWriter writer) -> Coroutine<> {
        co_await reader.readline();
        writer.write("hello " + getpeercert(reader).value().subject + "\n");
        writer.close();
    };
    const auto [status, printed] = client_says(
        known, context, s_client("-cert " + lamp.certificate + " -key " + lamp.key), "'");
    EXPECT_NE(printed.find("hello CN=lamp"), printed.npos) << printed;

    const auto [refused, text] = client_says(known, context, s_client(""), "'");
    EXPECT_NE(text.find("certificate required"), text.npos) << text;
    EXPECT_TRUE(reports.contain("the peer has no certificate")) << reports.texts();
}

TEST_F(OpensslPeers, SClientGetsNoTicket)
{
    const auto [status, printed] =
        client_says(answer_line, server_context(),
                    "sh -c 'printf \"hello\\n\" | openssl s_client -CAfile " + authority() +
                        " -connect 127.0.0.1:",
                    "'");
    EXPECT_NE(printed.find("Verify return code: 0 (ok)"), printed.npos) << printed;
    EXPECT_EQ(printed.find("ticket"), printed.npos) << printed;
    EXPECT_NE(printed.find("Compression: NONE"), printed.npos) << printed;
}

TEST_F(OpensslPeers, SServerAnswersUs)
{
    const Identity& identity = localhost_identity();
    Child server{"exec openssl s_server -accept 127.0.0.1:0 -rev -cert " + identity.certificate +
                 " -key " + identity.key};
    const int port = port_in(server.read_until("ACCEPT"));
    EXPECT_EQ(run(say(port, client_context(), "drow a\n")), "a word\n");
    SSLContext old = client_context();
    old.maximum_version(TLSVersion::TLSv1_2);
    EXPECT_EQ(run(say(port, old, "drow a\n")), "a word\n");
    EXPECT_NE(run(thrown_by(say(port, client_context(other_authority()), "x\n")))
                  .find("signed by an unknown authority 'Test CA'"),
              std::string::npos);
}

Coroutine<> only_write(int port, SSLContext context)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port, context);
    for (int i = 0; i < 500; ++i) {
        writer.write("measured\n");
        co_await writer.drain();
        co_await sleep_ms(20);
    }
}

TEST_F(OpensslPeers, SServerThatWantsACertificateSaysSo)
{
    const Identity& identity = localhost_identity();
    Child server{"exec openssl s_server -accept 127.0.0.1:0 -rev -Verify 1 -verify_return_error "
                 "-CAfile " +
                 authority() + " -cert " + identity.certificate + " -key " + identity.key};
    const int port = port_in(server.read_until("ACCEPT"));
    EXPECT_NE(run(thrown_by(say(port, client_context(), "drow a\n")))
                  .find("the peer wants a certificate, and got none"),
              std::string::npos);
    const std::string written = run(thrown_by(only_write(port, client_context())));
    EXPECT_NE(written.find("cannot write to"), std::string::npos) << written;
    EXPECT_NE(written.find("the peer wants a certificate, and got none"), std::string::npos)
        << written;
    SSLContext context = client_context();
    const Identity lamp = test_authority().issue(Wanted{"lamp"});
    context.load_cert_chain(lamp.certificate, lamp.key);
    EXPECT_EQ(run(say(port, context, "drow a\n")), "a word\n");
}

class CurlPeers : public TlsPeers {
    void SetUp() override { need("curl"); }
};

TEST_F(CurlPeers, AreServed)
{
    const auto [status, printed] = client_says(
        answer_http, server_context(), "curl -sS --cacert " + authority() + " https://127.0.0.1:");
    EXPECT_EQ(status, 0);
    EXPECT_EQ(printed, "board\n");
    EXPECT_EQ(reports.texts(), "");
}

TEST_F(CurlPeers, ThatDoNotTrustUsAreReported)
{
    const auto [status, printed] =
        client_says(answer_http, server_context(), "curl -sS https://127.0.0.1:");
    EXPECT_EQ(status, 60) << printed;
    EXPECT_TRUE(reports.contain("the peer refused our certificate: unknown CA")) << reports.texts();
}

TEST_F(CurlPeers, ThatSpeakPlainHttpAreReported)
{
    const auto [status, printed] =
        client_says(answer_http, server_context(), "curl -sS http://127.0.0.1:");
    EXPECT_NE(status, 0);
    EXPECT_TRUE(reports.contain("the peer sent a plain HTTP request")) << reports.texts();
}

}  // namespace
}  // namespace asyncio::test
