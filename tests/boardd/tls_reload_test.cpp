// The certificates of [tls] and the lists of those that were revoked, renewed while boardd runs.

#include "boardd/tls_fixture.hpp"

#include <csignal>
#include <memory>
#include <string>
#include <vector>

namespace boardd_test {
namespace {

using asyncio::test::Authority;
using asyncio::test::Identity;
using asyncio::test::localhost_identity;
using asyncio::test::other_authority;
using asyncio::test::test_authority;
using asyncio::test::Wanted;
using namespace std::string_literals;

/// What [tls] names, and what becomes of it on SIGHUP.
class TlsReload : public Tls {};

TEST_F(TlsReload, RenewedFilesAreTakenOverAndOpenSessionsStay)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml()};
    const auto open = let_in(boardd);
    const Identity renewed = other_authority().issue(Wanted{"renewed"});
    const Identity bob = other_authority().issue(Wanted{"bob"});
    files.use(renewed);
    files.trust(other_authority().certificate());
    (void)let_in(boardd);  // Nobody has told boardd.

    boardd->send_signal(SIGHUP);
    boardd->wait_for_log("boardd.toml and the files of [tls]\n");
    EXPECT_EQ((*open)->ask("PING"), "OK pong");
    TlsClient client{tls_port(boardd), other_authority().certificate(), &bob};
    EXPECT_EQ(client->ask("PING"), "OK pong");
    EXPECT_TRUE(says(boardd, " as 'CN=bob'\n")) << boardd->log();
    TlsClient no_longer_trusted{tls_port(boardd), other_authority().certificate(), &ann()};
    EXPECT_EQ(no_longer_trusted->rest(), "");
    boardd->wait_for_log("certificate of 'ann' is signed by an unknown authority 'Test CA'");
    EXPECT_EQ((*open)->ask("PING"), "OK pong");
}

TEST_F(TlsReload, ARevokedClientIsRefusedAsSoonAsTheListIsRead)
{
    Authority authority{"Own CA"};
    const Identity bob = authority.issue(Wanted{"bob"});
    const Identity carol = authority.issue(Wanted{"carol"});
    const TlsFiles files;
    files.trust(authority.certificate());
    files.revoke(authority.revocation_list());
    ServingBoardd boardd{files.toml(files.with_revocations())};
    (void)let_in(boardd, bob);
    (void)let_in(boardd, carol);

    authority.revoke(bob.certificate);
    files.revoke(authority.revocation_list());
    boardd->send_signal(SIGHUP);
    boardd->wait_for_log("boardd.toml and the files of [tls]\n");
    TlsClient revoked{tls_port(boardd), test_authority().certificate(), &bob};
    EXPECT_EQ(revoked->rest(), "");
    boardd->wait_for_log("': certificate of 'bob' was revoked on ");
    (void)let_in(boardd, carol);
}

TEST_F(TlsReload, AClientBelowARevokedAuthorityIsRefused)
{
    Authority root{"Own CA"};
    Authority lower{"Lower CA", root};
    Authority fallen{"Fallen CA", root};
    const Identity bob = lower.issue(Wanted{"bob"});
    const Identity carol = fallen.issue(Wanted{"carol"});
    root.revoke(fallen.certificate());
    const TlsFiles files;
    files.trust(root.certificate());
    files.revoke_all({root.revocation_list(), lower.revocation_list(), fallen.revocation_list()});
    ServingBoardd boardd{files.toml(files.with_revocations())};
    const auto connect = [&boardd](const Identity& identity) {
        return std::make_unique<TlsClient>(tls_port(boardd), test_authority().certificate(),
                                           &identity,
                                           std::vector{"-cert_chain"s, identity.certificate});
    };
    const auto allowed = connect(bob);
    EXPECT_EQ((*allowed)->ask("PING"), "OK pong");
    const auto refused = connect(carol);
    EXPECT_EQ((*refused)->rest(), "");
    boardd->wait_for_log("': certificate of 'Fallen CA' was revoked on ");
}

TEST_F(TlsReload, WithoutAListThatHoldsTodayAClientIsRefused)
{
    Authority authority{"Own CA"};
    const Identity bob = authority.issue(Wanted{"bob"});
    const TlsFiles files;
    files.trust(authority.certificate());
    files.revoke(other_authority().revocation_list());
    ServingBoardd boardd{files.toml(files.with_revocations())};
    TlsClient unknown{tls_port(boardd), test_authority().certificate(), &bob};
    EXPECT_EQ(unknown->rest(), "");
    boardd->wait_for_log(
        "': certificate of 'bob' cannot be checked: there is no revocation list of "
        "'Own CA'; add it to those that are loaded, closing\n");

    files.revoke(authority.revocation_list(-9, -2));
    boardd->send_signal(SIGHUP);
    boardd->wait_for_log("boardd.toml and the files of [tls]\n");
    TlsClient late{tls_port(boardd), test_authority().certificate(), &bob};
    EXPECT_EQ(late->rest(), "");
    boardd->wait_for_log("cannot be checked: the revocation list of 'Own CA' expired on ");
}

TEST_F(TlsReload, BrokenFilesAreNotTakenOver)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml()};
    const auto open = let_in(boardd);
    for (const char* name : {"server.pem", "server.key", "clients.pem"}) {
        files.use(localhost_identity());
        files.trust(test_authority().certificate());
        files.spoil(name);
        const std::size_t before = count_of(boardd->log(), "keeping the old configuration\n");
        boardd->send_signal(SIGHUP);
        boardd->wait_for_log(std::string{name} + "': there is no PEM ");
        while (count_of(boardd->log(), "keeping the old configuration\n") == before) {
            ASSERT_EQ((*open)->ask("PING"), "OK pong");
        }
        EXPECT_EQ((*open)->ask("PING"), "OK pong");
        (void)let_in(boardd);
    }
}

TEST_F(TlsReload, WhatIsGoodForOtherAddressesIsNotTakenOverForThese)
{
    const TlsFiles files;
    ServingBoardd boardd{files.at("0.0.0.0:0", files.with_authority())};
    const std::uint16_t port = boardd->port("text with TLS", "0.0.0.0");
    const auto expect_kept = [&](const std::string& toml, const std::string& why) {
        (void)boardd.directory().write("boardd.toml", toml);
        boardd->send_signal(SIGHUP);
        boardd->wait_for_log(why);
        TlsClient stranger{port, test_authority().certificate()};
        EXPECT_EQ(stranger->rest(), "");
    };
    expect_kept(files.at("127.0.0.1:1", ""),
                "reload: keeping the old [tls]: the new one lacks 'client_ca', which "
                "'0.0.0.0:0' needs until a restart\n");
    expect_kept("[listen.text]\ntls = []\n",
                "reload: keeping the old [tls]: the new one lacks 'certificate', which "
                "'0.0.0.0:0' needs until a restart\n");
    EXPECT_FALSE(says(boardd, "and the files of [tls]")) << boardd->log();
    EXPECT_EQ(count_of(boardd->log(), "[listen] has changed, which needs a restart"), 2U);
}

TEST_F(TlsReload, OtherAddressesInTheFileDoNotHoldUpRenewedFiles)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml()};
    const Identity bob = other_authority().issue(Wanted{"bob"});
    files.trust(other_authority().certificate());
    (void)boardd.directory().write("boardd.toml", files.at("127.0.0.1:1", files.with_authority()));
    boardd->send_signal(SIGHUP);
    boardd->wait_for_log("boardd.toml and the files of [tls]\n");
    (void)let_in(boardd, bob);

    // On loopback nobody needs a certificate.
    (void)boardd.directory().write("boardd.toml", files.at("127.0.0.1:2", ""));
    boardd->send_signal(SIGHUP);
    wait_for_logs(boardd, "boardd.toml and the files of [tls]\n", 2);
    TlsClient anybody{tls_port(boardd), test_authority().certificate()};
    EXPECT_EQ(anybody->ask("PING"), "OK pong");
    EXPECT_FALSE(says(boardd, "keeping the old")) << boardd->log();
}

TEST_F(TlsReload, TheTimeForHandshakesIsTakenOver)
{
    const TlsFiles files;
    ServingBoardd boardd{files.toml("", "handshake_seconds = 300\n")};
    (void)boardd.directory().write("boardd.toml", files.toml("", "handshake_seconds = 1\n"));
    boardd->send_signal(SIGHUP);
    boardd->wait_for_log("boardd.toml and the files of [tls]\n");
    Client silent{tls_port(boardd)};
    EXPECT_EQ(silent.rest(), "");
    boardd->wait_for_log("' in 1 s: Connection timed out, closing\n");
}

}  // namespace
}  // namespace boardd_test
