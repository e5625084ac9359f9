#include "support/tls_peers.hpp"

#include <gtest/gtest.h>

// TLS with socat, which ends each direction on its own.

namespace asyncio::test {
namespace {

class SocatPeers : public TlsPeers {
    void SetUp() override { need("socat"); }

protected:
    const Identity& identity = localhost_identity();
    const Identity lamp = test_authority().issue(Wanted{"lamp"});
};

Coroutine<std::string> send_and_end(int port, SSLContext context, std::string bytes)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port, context);
    writer.write(bytes);
    writer.write_eof();
    const std::string answer = co_await reader.read();
    writer.close();
    co_await writer.wait_closed();
    co_return answer;
}

TEST_F(SocatPeers, ListenAndAnswerBehindOurEnd)
{
    Child socat{
        "exec socat -d -d -t 10 openssl-listen:0,bind=127.0.0.1,cert=" + identity.certificate +
        ",key=" + identity.key + ",cafile=" + authority() + ",verify=1 system:'wc -c'"};
    const int port = port_in(socat.read_until("listening on"));
    SSLContext context = client_context();
    context.load_cert_chain(lamp.certificate, lamp.key);
    EXPECT_EQ(std::stoi(run(send_and_end(port, context, pattern(1'000'000)))), 1'000'000);
}

TEST_F(SocatPeers, ListenAndEcho)
{
    Child socat{"exec socat -d -d -t 10 openssl-listen:0,bind=127.0.0.1,verify=0,cert=" +
                identity.certificate + ",key=" + identity.key + " system:cat"};
    const int port = port_in(socat.read_until("listening on"));
    const std::string sent = pattern(3'000'000);
    EXPECT_TRUE(run(send_and_end(port, client_context(), sent)) == sent);
}

Coroutine<> count_bytes(StreamReader reader, StreamWriter writer)
{
    const std::string all = co_await reader.read();
    writer.write(getpeercert(reader).value().subject + " sent " + std::to_string(all.size()));
    writer.close();
    co_await writer.wait_closed();
}

TEST_F(SocatPeers, ConnectAndReadOurAnswerBehindTheirEnd)
{
    SSLContext context = server_context();
    context.load_verify_locations(authority());
    context.verify_mode(CERT_REQUIRED);
    const auto [status, printed] =
        client_says(count_bytes, context,
                    "sh -c 'head -c 1000000 /dev/zero | socat -t 10 - openssl-connect:127.0.0.1:",
                    ",cafile=" + authority() + ",commonname=localhost,cert=" + lamp.certificate +
                        ",key=" + lamp.key + " 2>/dev/null'");  // Newer ones warn.
    EXPECT_EQ(status, 0) << printed;
    EXPECT_EQ(printed, "CN=lamp sent 1000000");
    EXPECT_EQ(reports.texts(), "");
}

TEST_F(SocatPeers, ThatDoNotTrustUsAreReported)
{
    const auto [status, printed] = client_says(
        count_bytes, server_context(), "socat -t 10 /dev/null openssl-connect:127.0.0.1:",
        ",commonname=localhost,cafile=" + other_authority().certificate());
    EXPECT_NE(status, 0) << printed;
    EXPECT_TRUE(reports.contain("the peer refused our certificate: unknown CA")) << reports.texts();
}

}  // namespace
}  // namespace asyncio::test
