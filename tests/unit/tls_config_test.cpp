// [tls], and the addresses that need it.

#include "boardd/config.hpp"
#include "support/certificates.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace boardd {
namespace {

using asyncio::test::Identity;
using asyncio::test::localhost_identity;
using asyncio::test::TemporaryDirectory;
using asyncio::test::test_authority;
using asyncio::test::text_of;
using asyncio::test::Wanted;

/// A line of a file: key = "value".
std::string line(const std::string& key, const std::string& value)
{
    return key + " = \"" + value + "\"\n";
}

std::vector<std::string> tls_errors(const std::string& toml)
{
    std::vector<std::string> texts;
    for (const ConfigError& error : parse_config(toml, "b.toml", Config::defaults("")).errors) {
        texts.push_back(error.to_string());
    }
    return texts;
}

/// The only error of a file.
std::string tls_error(const std::string& toml)
{
    const std::vector<std::string> errors = tls_errors(toml);
    EXPECT_EQ(errors.size(), 1U) << toml;
    return errors.empty() ? "" : errors.front();
}

std::string own_files()
{
    return line("certificate", localhost_identity().certificate) +
           line("key", localhost_identity().key);
}

TEST(TlsConfig, ByDefaultNobodyIsServedAndOnlyTls13IsSpoken)
{
    const Config config = Config::defaults("/run/boardd");
    EXPECT_TRUE(config.text_listen.tls.empty());
    EXPECT_FALSE(config.tls.context);
    const ParsedConfig parsed = parse_config("[tls]\n" + own_files(), "b.toml", config);
    ASSERT_TRUE(parsed.errors.empty()) << parsed.errors.front().to_string();
    ASSERT_TRUE(parsed.config.tls.context);
    EXPECT_EQ(parsed.config.tls.context->minimum_version(), asyncio::TLSVersion::TLSv1_3);
    EXPECT_EQ(parsed.config.tls.context->verify_mode(), asyncio::CERT_NONE);
    EXPECT_EQ(parsed.config.tls.context->verify_flags(), asyncio::VERIFY_DEFAULT);
}

TEST(TlsConfig, EveryKeyArrives)
{
    const ParsedConfig parsed = parse_config(
        "[listen.text]\ntls = [\"0.0.0.0:8883\", \"[::]:8883\"]\n[tls]\n" + own_files() +
            line("client_ca", test_authority().certificate()) +
            line("client_crl", test_authority().revocation_list()) + line("minimum_version", "1.2"),
        "b.toml", Config::defaults(""));
    ASSERT_TRUE(parsed.errors.empty()) << parsed.errors.front().to_string();
    const Config& config = parsed.config;
    EXPECT_EQ(config.text_listen.tls,
              (std::vector{Endpoint{"0.0.0.0", 8883}, Endpoint{"::", 8883}}));
    EXPECT_EQ(config.tls.certificate, localhost_identity().certificate);
    EXPECT_EQ(config.tls.client_ca, test_authority().certificate());
    ASSERT_TRUE(config.tls.context);
    EXPECT_EQ(config.tls.context->minimum_version(), asyncio::TLSVersion::TLSv1_2);
    EXPECT_EQ(config.tls.context->verify_mode(), asyncio::CERT_REQUIRED);
    EXPECT_EQ(config.tls.context->shutdown_timeout(), std::chrono::seconds{5});
    EXPECT_EQ(config.tls.context->verify_flags(), asyncio::VERIFY_CRL_CHECK_CHAIN);
}

TEST(TlsConfig, TheKeyMayStandInTheCertificatesFile)
{
    const TemporaryDirectory directory;
    const Identity& identity = localhost_identity();
    const std::string both =
        directory.write("both.pem", text_of(identity.certificate) + text_of(identity.key));
    EXPECT_EQ(tls_errors("[tls]\n" + line("certificate", both)), std::vector<std::string>{});
    EXPECT_EQ(tls_error("[tls]\n" + line("certificate", identity.certificate)),
              "b.toml:2: cannot load key '" + identity.certificate +
                  "': there is no PEM private key in it");
}

TEST(TlsConfig, AnAddressNeedsACertificate)
{
    EXPECT_EQ(
        tls_error("[listen.text]\ntls = [\"127.0.0.1:8883\"]\n"),
        "b.toml:2: 'tls = \"127.0.0.1:8883\"': expected the key 'certificate' in [tls], as in "
        "certificate = \"/etc/boardd/tls/board.pem\"");
    EXPECT_EQ(tls_error("\n[tls]\n" + line("client_ca", test_authority().certificate())),
              "b.toml:2: [tls]: expected the key 'certificate', as in certificate = "
              "\"/etc/boardd/tls/board.pem\"");
}

TEST(TlsConfig, AnAddressThatOthersReachNeedsAnAuthorityOfClients)
{
    for (const char* open : {"0.0.0.0:8883", "192.0.2.7:8883", "[::]:8883"}) {
        EXPECT_EQ(tls_error("[listen.text]\ntls = [\"" + std::string{open} + "\"]\n[tls]\n" +
                            own_files()),
                  "b.toml:2: 'tls = \"" + std::string{open} +
                      "\"': expected the key 'client_ca' in [tls], so that only those with a "
                      "certificate of yours drive the pins; or a loopback address");
    }
    EXPECT_EQ(tls_errors("[listen.text]\ntls = [\"127.0.0.1:8883\", \"[::1]:8883\"]\n[tls]\n" +
                         own_files()),
              std::vector<std::string>{});
}

TEST(TlsConfig, AnAddressHasAPortAndIsListedOnce)
{
    const std::string with_files = "[tls]\n" + own_files() + "[listen.text]\n";
    EXPECT_EQ(tls_error(with_files + "tls = [\"127.0.0.1\"]\n"),
              "b.toml:5: 'tls = \"127.0.0.1\"': expected an address and a port, as in "
              "\"127.0.0.1:8888\" or \"[::1]:8888\"");
    EXPECT_EQ(tls_error(with_files + "tls = [\"127.0.0.1:8880\"]\ntcp = [\"127.0.0.1:8880\"]\n"),
              "b.toml:5: 'tls = \"127.0.0.1:8880\"': expected an address that is not listed twice");
    EXPECT_EQ(tls_error("[listen.pigpio]\ntls = []\n"),
              "b.toml:2: unknown key 'tls' in [listen.pigpio]; expected one of: tcp, unix");
}

TEST(TlsConfig, AFileThatCannotBeUsedIsNamedAtItsLine)
{
    const Identity& identity = localhost_identity();
    const Identity other = test_authority().issue(Wanted{"other"});
    const TemporaryDirectory directory;
    const std::string junk = directory.write("junk.pem", "not a certificate\n");
    const std::string certificate = line("certificate", identity.certificate);
    const std::string key = line("key", identity.key);

    EXPECT_EQ(tls_error("[tls]\n" + line("certificate", "/nonexistent/a.pem") + key),
              "b.toml:2: cannot load certificate '/nonexistent/a.pem': No such file or directory");
    EXPECT_EQ(tls_error("[tls]\n" + line("certificate", junk) + key),
              "b.toml:2: cannot load certificate '" + junk +
                  "': there is no PEM certificate in it");
    EXPECT_EQ(tls_error("[tls]\n" + certificate + line("key", "/nonexistent/a.key")),
              "b.toml:3: cannot load key '/nonexistent/a.key': No such file or directory");
    EXPECT_EQ(tls_error("[tls]\n" + certificate + line("key", junk)),
              "b.toml:3: cannot load key '" + junk + "': there is no PEM private key in it");
    EXPECT_EQ(tls_error("[tls]\n" + certificate + line("key", other.key)),
              "b.toml:3: cannot use key '" + other.key + "': it does not belong to certificate '" +
                  identity.certificate + "'");
    const std::string locked = test_authority().encrypted_key(identity, "secret");
    EXPECT_EQ(tls_error("[tls]\n" + certificate + line("key", locked)),
              "b.toml:3: cannot load key '" + locked +
                  "': it is encrypted, and there is no password");
}

TEST(TlsConfig, AClientCaThatCannotBeUsedIsNamedAtItsLine)
{
    EXPECT_EQ(tls_error("[tls]\n" + own_files() + line("client_ca", "/nonexistent/ca.pem")),
              "b.toml:4: cannot load certificate '/nonexistent/ca.pem': No such file or directory");
    EXPECT_EQ(tls_error("[tls]\n" + own_files() + line("client_ca", localhost_identity().key)),
              "b.toml:4: cannot load certificate '" + localhost_identity().key +
                  "': there is no PEM certificate in it");
}

TEST(TlsConfig, AListOfRevokedCertificatesNeedsTheAuthorities)
{
    EXPECT_EQ(tls_error("[tls]\n" + own_files() + line("client_crl", "/nonexistent/crl.pem")),
              "b.toml:4: 'client_crl = \"/nonexistent/crl.pem\"': expected the key 'client_ca' in "
              "the same table");
    EXPECT_EQ(
        tls_error("[tls]\n" + own_files() + line("client_ca", test_authority().certificate()) +
                  line("client_crl", "/nonexistent/crl.pem")),
        "b.toml:5: cannot load revocation list '/nonexistent/crl.pem': No such file or directory");
}

TEST(TlsConfig, AuthoritiesAndWhatTheyRevokedAreNotTakenForEachOther)
{
    const std::string ca = test_authority().certificate();
    const std::string crl = test_authority().revocation_list();
    EXPECT_EQ(tls_error("[tls]\n" + own_files() + line("client_ca", crl)),
              "b.toml:4: cannot load certificate '" + crl + "': there is no PEM certificate in it");
    EXPECT_EQ(tls_error("[tls]\n" + own_files() + line("client_ca", ca) + line("client_crl", ca)),
              "b.toml:5: cannot load revocation list '" + ca +
                  "': there is no PEM revocation list in it");
    EXPECT_EQ(tls_error("[tls]\n" + line("certificate", crl) + line("key", ca)),
              "b.toml:2: cannot load certificate '" + crl + "': there is no PEM certificate in it");
}

TEST(TlsConfig, ASpoiltBlockIsOfTheFileItIsIn)
{
    const TemporaryDirectory directory;
    std::string text = text_of(test_authority().revocation_list());
    text.erase(text.find('\n'), 65);  // A line.
    const std::string cut = directory.write("cut.pem", text);
    EXPECT_EQ(tls_error("[tls]\n" + own_files() +
                        line("client_ca", test_authority().certificate()) + line("client_crl", cut))
                  .find("b.toml:5: cannot load revocation list '" + cut + "': "),
              0U);
}

TEST(TlsConfig, AFileThatMayNotBeReadSaysWhoMustBeAbleTo)
{
    if (::geteuid() == 0) {
        GTEST_SKIP() << "root may read everything";
    }
    const TemporaryDirectory directory;
    const std::string hidden = directory.write("hidden.key", text_of(localhost_identity().key));
    std::filesystem::permissions(hidden, std::filesystem::perms::none);
    EXPECT_EQ(tls_error("[tls]\n" + line("certificate", localhost_identity().certificate) +
                        line("key", hidden)),
              "b.toml:3: cannot load key '" + hidden +
                  "': Permission denied; the user that boardd runs as must be able to read it, see "
                  "boardd(8)");
}

TEST(TlsConfig, ValuesOfTheWrongKindAreQuoted)
{
    EXPECT_EQ(tls_error("[tls]\nminimum_version = 1.3\n"),
              "b.toml:2: 'minimum_version = 1.3': expected \"1.2\" or \"1.3\"");
    EXPECT_EQ(tls_error("[tls]\nminimum_version = \"1.1\"\n"),
              "b.toml:2: 'minimum_version = \"1.1\"': expected \"1.2\" or \"1.3\"");
    EXPECT_EQ(tls_error("[tls]\ncertificate = \"server.pem\"\n"),
              "b.toml:2: 'certificate = \"server.pem\"': expected an absolute path, or \"\" for "
              "none");
    EXPECT_EQ(tls_error("[tls]\ncertificate = 3\n"),
              "b.toml:2: 'certificate = 3': expected a string, in quotes");
    // A key that is wrong is not missing too.
    EXPECT_EQ(tls_error("[listen.text]\ntls = [\"0.0.0.0:8883\"]\n[tls]\ncertificate = 3\n" +
                        line("key", "/k.pem") + line("client_ca", "/ca.pem")),
              "b.toml:4: 'certificate = 3': expected a string, in quotes");
    EXPECT_EQ(tls_error("[listen.text]\ntls = [\"0.0.0.0:8883\"]\n[tls]\nclient_ca = 3\n" +
                        own_files() + line("client_crl", "/crl.pem")),
              "b.toml:4: 'client_ca = 3': expected a string, in quotes");
    EXPECT_EQ(tls_error("tls = 3\n[listen.text]\ntls = [\"0.0.0.0:8883\"]\n"),
              "b.toml:1: 'tls = 3': expected a table, [tls]");
    EXPECT_EQ(tls_error("[tls]\nciphers = \"ALL\"\n"),
              "b.toml:2: unknown key 'ciphers' in [tls]; expected one of: certificate, key, "
              "client_ca, client_crl, minimum_version");
    EXPECT_EQ(tls_error("[limits]\nhandshake_seconds = 0\n"),
              "b.toml:2: 'handshake_seconds = 0': expected a whole number from 1 to 300");
}

}  // namespace
}  // namespace boardd
