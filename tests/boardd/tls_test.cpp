// The text protocol over TLS, as `openssl s_client` and Python see it.

#include "boardd/tls_fixture.hpp"

#include <string>
#include <string_view>

namespace boardd_test {
namespace {

using asyncio::test::Identity;
using asyncio::test::is_installed;
using asyncio::test::other_authority;
using asyncio::test::run_command;
using asyncio::test::test_authority;
using asyncio::test::Wanted;

TEST_F(Tls, ServesTheTextProtocolToAClientWithACertificate)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml()};
    const auto client = let_in(boardd);
    Client plain{boardd->text_port()};
    EXPECT_EQ((*client)->ask("SET 17 1"), "OK 1");
    EXPECT_EQ(plain.ask("GET 17"), "OK 1");
    EXPECT_EQ((*client)->ask("WATCH 17"), "OK 1");
    EXPECT_EQ(plain.ask("SET 17 0"), "OK 0");
    EXPECT_EQ((*client)->line().rfind("EVENT GPIO17 0 ", 0), 0U);
    const int count = std::stoi((*client)->ask("LIST").substr(3));
    for (int i = 0; i < count; ++i) {
        EXPECT_EQ((*client)->line().substr(0, 4), "PIN ");
    }
    EXPECT_NE((*client)->ask("INFO").find(" tls=TLSv1.3"), std::string::npos);
    EXPECT_NE(plain.ask("INFO").find(" tls=none"), std::string::npos);
    EXPECT_EQ((*client)->ask("QUIT"), "OK bye");
    EXPECT_EQ((*client)->rest(), "");
    EXPECT_TRUE(says(boardd, " connected with TLSv1.3 as 'CN=ann'\n")) << boardd->log();
    EXPECT_EQ(boardd->stop(), 0) << boardd->log();
}

TEST_F(Tls, ServesPythonsSsl)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml()};
    const auto [code, output] =
        run_command(std::string{"timeout 60 "} + PYTHON + " -B " + SOURCE_DIR +
                    "/tests/boardd/tls_stories.py " + std::to_string(tls_port(boardd)) + ' ' +
                    test_authority().certificate() + ' ' + ann().certificate + ' ' + ann().key);
    EXPECT_EQ(code, 0) << output << boardd->log();
    EXPECT_EQ(output, "done\n");
}

TEST_F(Tls, WithoutClientCaAsksForNoCertificate)
{
    const TlsFiles files;
    ServingBoardd boardd{"[log]\nlevel = \"debug\"\n[listen.text]\ntls = [\"127.0.0.1:0\"]\n" +
                         files.tables("")};
    TlsClient client{tls_port(boardd), test_authority().certificate()};
    EXPECT_EQ(client->ask("PING"), "OK pong");
    EXPECT_TRUE(says(boardd, " connected with TLSv1.3\n")) << boardd->log();
}

TEST_F(Tls, Version12IsRefusedUnlessItIsAskedFor)
{
    const TlsFiles files;
    {
        ServingBoardd boardd{files.toml()};
        TlsClient old{tls_port(boardd), test_authority().certificate(), &ann(), {"-tls1_2"}};
        EXPECT_EQ(old->rest(), "");
        boardd->wait_for_log("': the peer speaks none of our versions of TLS, closing\n");
    }
    ServingBoardd boardd{files.toml("minimum_version = \"1.2\"\n")};
    TlsClient old{tls_port(boardd), test_authority().certificate(), &ann(), {"-tls1_2"}};
    EXPECT_EQ(old->ask("PING"), "OK pong");
    EXPECT_TRUE(says(boardd, " connected with TLSv1.2 as 'CN=ann'\n")) << boardd->log();
    EXPECT_EQ((*let_in(boardd))->ask("PING"), "OK pong");
    EXPECT_TRUE(says(boardd, " connected with TLSv1.3 as 'CN=ann'\n")) << boardd->log();
}

TEST_F(Tls, AClientWithoutACommonNameIsLoggedByItsOther)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml()};
    const Identity nameless = test_authority().issue(Wanted{""}.names({"DNS:lamp.local"}));
    (void)let_in(boardd, nameless);
    EXPECT_TRUE(says(boardd, " connected with TLSv1.3 as 'DNS:lamp.local'\n")) << boardd->log();
}

TEST_F(Tls, RefusesAStrangerAndSaysWhy)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml()};
    const Identity late = test_authority().issue(Wanted{"late"}.valid(-20, -10));
    const Identity early = test_authority().issue(Wanted{"early"}.valid(10, 20));
    const Identity eve = other_authority().issue(Wanted{"eve"});
    const Identity mallory = test_authority().issue(Wanted{"mallory"}.self_signed());
    struct Stranger {
        const Identity* identity;
        const char* reason;
    };
    const Stranger strangers[] = {
        {nullptr, "': the peer has no certificate, closing\n"},
        {&late, "': certificate of 'late' expired on "},
        {&early, "': certificate of 'early' is not valid before "},
        {&eve, "': certificate of 'eve' is signed by an unknown authority 'Other CA', closing\n"},
        {&mallory, "': certificate of 'mallory' is signed only by itself, closing\n"},
    };
    for (const Stranger& stranger : strangers) {
        TlsClient client{tls_port(boardd), test_authority().certificate(), stranger.identity};
        // With TLS 1.3 it hears that it is refused after it has begun to talk.
        EXPECT_EQ(client->rest(), "") << stranger.reason;
        boardd->wait_for_log(stranger.reason);
    }
    const std::string log = boardd->log();
    EXPECT_EQ(count_of(log, " warning cannot start TLS with '127.0.0.1:"), std::size(strangers))
        << log;
    EXPECT_EQ(count_of(log, "connected with"), 0U) << log;
    (void)let_in(boardd);
}

TEST_F(Tls, PlainTextOnItsPortIsRefused)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml()};
    {
        Client text{tls_port(boardd)};
        text.send("SET 17 1\n");
        boardd->wait_for_log("': the peer does not speak TLS, closing\n");
        EXPECT_EQ(text.rest().find("OK"), std::string::npos);
    }
    {
        Client browser{tls_port(boardd)};
        browser.send("GET / HTTP/1.1\r\n\r\n");
        boardd->wait_for_log("': the peer sent a plain HTTP request, closing\n");
        EXPECT_EQ(browser.rest().find("OK"), std::string::npos);
    }
    (void)let_in(boardd);
}

TEST_F(Tls, WhoConnectsAndLeavesIsNotARefusedClient)
{
    const TlsFiles files;
    ServingBoardd boardd{"[log]\nlevel = \"debug\"\n" + files.toml()};
    for (std::size_t count = 1; count <= 25; ++count) {
        {
            const Client probe{tls_port(boardd)};
        }
        wait_for_logs(boardd, " debug   cannot start TLS with '127.0.0.1:", count);
    }
    Client text{tls_port(boardd)};
    text.send("SET 17 1\n");
    boardd->wait_for_log("': the peer does not speak TLS, closing\n");
    EXPECT_EQ(count_of(boardd->log(), " warning cannot start TLS with '127.0.0.1:"), 1U)
        << boardd->log();
}

TEST_F(Tls, APeerThatSaysNothingIsClosedAndHindersNobody)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml("", "handshake_seconds = 3\n")};
    Client silent{tls_port(boardd)};
    Client slow{tls_port(boardd)};
    slow.send(std::string_view{"\x16\x03\x01", 3});  // A record begins.
    const auto client = let_in(boardd);
    EXPECT_EQ((*client)->ask("PING"), "OK pong");
    EXPECT_EQ(silent.rest(), "");
    EXPECT_EQ(slow.rest(), "");
    boardd->wait_for_log("' in 3 s: Connection timed out, closing\n");
    EXPECT_EQ((*client)->ask("PING"), "OK pong");
}

TEST_F(Tls, HandshakesCountAgainstTheLimitsAndLeaveHalfOfThemToOthers)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml("", "connections = 4\nhandshake_seconds = 300\n")};
    const Client one{tls_port(boardd)};
    const Client two{tls_port(boardd)};
    for (int i = 0; i < 2; ++i) {
        Client more{tls_port(boardd)};
        EXPECT_EQ(more.rest(), "");
    }
    EXPECT_EQ(count_of(boardd->log(), "too many TLS handshakes: refusing text client 127.0.0.1:"),
              2U)
        << boardd->log();
    Client first{boardd->text_port()};
    EXPECT_NE(first.ask("INFO").find(" clients=3"), std::string::npos);
    Client second{boardd->text_port()};
    EXPECT_EQ(second.ask("PING"), "OK pong");
    Client third{boardd->text_port()};
    EXPECT_EQ(third.line(), "ERR 503 full \"too many clients\"");
    EXPECT_TRUE(says(boardd, "too many clients: refusing text client 127.0.0.1:"));
}

TEST_F(Tls, HandshakesCountAgainstTheLimitOfTheirAddress)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml("", "connections_per_address = 2\nhandshake_seconds = 300\n")};
    const Client one{tls_port(boardd)};
    Client two{tls_port(boardd)};
    EXPECT_EQ(two.rest(), "");
    boardd->wait_for_log("too many TLS handshakes: refusing text client 127.0.0.1:");
}

TEST_F(Tls, ARefusedClientCountsUntilItsSocketIsClosed)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml("", "connections = 2\n")};
    Client junk{tls_port(boardd)};
    junk.send("junk\n");
    boardd->wait_for_log("': the peer does not speak TLS, closing\n");
    Client next{tls_port(boardd)};
    EXPECT_EQ(next.rest(), "");
    boardd->wait_for_log("too many TLS handshakes");
}

TEST_F(Tls, RefusedClientsDoNotFillTheLog)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml()};
    for (int i = 0; i < 50; ++i) {
        Client text{tls_port(boardd)};
        text.send("SET 17 1\n");
        text.end_of_input();
        (void)text.rest();
    }
    (void)let_in(boardd);
    EXPECT_EQ(count_of(boardd->log(), "does not speak TLS"), 20U) << boardd->log();
}

TEST_F(Tls, ACertificateOfAStrangerDoesNotFillTheLogEither)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml()};
    // Longer than a common name may be: it is only an alternative name.
    const Identity eve = other_authority().issue(Wanted{std::string(10'000, 'e')});
    TlsClient client{tls_port(boardd), test_authority().certificate(), &eve};
    EXPECT_EQ(client->rest(), "");
    boardd->wait_for_log("eee...\n");
    EXPECT_LT(boardd->log().size(), 2'000U) << boardd->log();
}

TEST_F(Tls, EndsWithBoardd)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml()};
    Client silent{tls_port(boardd)};
    const auto client = let_in(boardd);
    Client newcomer{tls_port(boardd)};
    EXPECT_EQ(boardd->stop(), 0) << boardd->log();
    EXPECT_EQ((*client)->rest(), "");
    EXPECT_EQ(silent.rest(), "");
    EXPECT_EQ(newcomer.rest(), "");
    EXPECT_FALSE(says(boardd, "did not end")) << boardd->log();
    EXPECT_FALSE(says(boardd, " error ")) << boardd->log();
}

TEST_F(Tls, AnIdleClientOnAMachineThatVanishesIsFoundOut)
{
    if (!is_installed("ss")) {
        GTEST_SKIP() << "there is no ss";
    }
    const TlsFiles files;
    ServingBoardd boardd{files.toml()};
    const auto client = let_in(boardd);
    const std::string command =
        "ss -Htno state established sport = :" + std::to_string(tls_port(boardd));
    std::string sockets;
    // Another timer has its place until the client has acknowledged what was sent last.
    for (int attempt = 0; attempt < 1000 && sockets.find("timer:(keepalive,") == sockets.npos;
         ++attempt) {
        sockets = run_command(command).second;
    }
    EXPECT_NE(sockets.find("timer:(keepalive,"), std::string::npos) << sockets;
}

TEST_F(Tls, OnAnAddressInUseIsExitCode69)
{
    const TlsFiles files;
    ServingBoardd first{files.toml()};
    const std::string address = "127.0.0.1:" + std::to_string(tls_port(first));
    const TemporaryDirectory directory;
    Boardd second{serving(directory, files.at(address, files.with_authority()))};
    EXPECT_EQ(second.wait_for_exit(), 69);
    EXPECT_NE(second.log().find("cannot listen on '" + address +
                                "': Address already in use; is another boardd running? See 'ss "
                                "-ltnp', or choose another port\n"),
              std::string::npos)
        << second.log();
}

TEST_F(Tls, OnAnIpv6AddressThatIsNotThereIsExitCode69)
{
    const TlsFiles files;
    const TemporaryDirectory directory;
    Boardd boardd{serving(directory, files.at("[2001:db8::1]:0", files.with_authority()))};
    EXPECT_EQ(boardd.wait_for_exit(), 69);
    EXPECT_NE(boardd.log().find("cannot listen on '[2001:db8::1]:0': "), std::string::npos)
        << boardd.log();
}

TEST_F(Tls, WithoutItsFilesIsExitCode78)
{
    const TemporaryDirectory directory;
    Boardd boardd{serving(directory, "[listen.text]\ntls = [\"127.0.0.1:0\"]\n[tls]\n"
                                     "certificate = \"/nonexistent/server.pem\"\n")};
    EXPECT_EQ(boardd.wait_for_exit(), 78);
    EXPECT_NE(boardd.log().find("boardd.toml:4: cannot load certificate '/nonexistent/server.pem': "
                                "No such file or directory\n"),
              std::string::npos)
        << boardd.log();
}

}  // namespace
}  // namespace boardd_test
