#include "support/tls.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>

// What a context can be told, and what it answers to what is not right.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

template <typename F>
std::string error_of(F call)
{
    try {
        call();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "none";
}

TEST(SslContext, BeginsAsPythonsDoes)
{
    const SSLContext client{PROTOCOL_TLS_CLIENT};
    EXPECT_EQ(client.verify_mode(), CERT_REQUIRED);
    EXPECT_TRUE(client.check_hostname());
    EXPECT_EQ(client.minimum_version(), TLSVersion::TLSv1_2);
    EXPECT_EQ(client.maximum_version(), TLSVersion::TLSv1_3);
    EXPECT_EQ(client.handshake_timeout(), 60s);
    EXPECT_EQ(client.shutdown_timeout(), 30s);

    const SSLContext server{PROTOCOL_TLS_SERVER};
    EXPECT_EQ(server.verify_mode(), CERT_NONE);
    EXPECT_FALSE(server.check_hostname());
}

TEST(SslContext, ChecksNoNamesWithoutVerifying)
{
    SSLContext client{PROTOCOL_TLS_CLIENT};
    EXPECT_THROW(client.verify_mode(CERT_NONE), std::invalid_argument);
    EXPECT_EQ(client.verify_mode(), CERT_REQUIRED);
    client.check_hostname(false);
    client.verify_mode(CERT_NONE);
    client.check_hostname(true);
    EXPECT_EQ(client.verify_mode(), CERT_REQUIRED);
    EXPECT_THROW(SSLContext{PROTOCOL_TLS_SERVER}.check_hostname(true), std::invalid_argument);
}

TEST(SslContext, ACopyIsTheSame)
{
    const SSLContext one{PROTOCOL_TLS_CLIENT};
    SSLContext copy = one;
    copy.check_hostname(false);
    EXPECT_FALSE(one.check_hostname());
}

TEST(SslContext, TakesOnlyTimesAboveZero)
{
    SSLContext context{PROTOCOL_TLS_CLIENT};
    context.handshake_timeout(1.5);
    context.shutdown_timeout(20ms);
    EXPECT_EQ(context.handshake_timeout(), 1500ms);
    EXPECT_EQ(context.shutdown_timeout(), 20ms);
    EXPECT_THROW(context.handshake_timeout(0), std::invalid_argument);
    EXPECT_THROW(context.shutdown_timeout(std::nullopt), std::invalid_argument);
}

TEST(SslContext, TakesTheOptionForTheKernelsTlsAndNoOther)
{
    SSLContext context{PROTOCOL_TLS_SERVER};
    EXPECT_EQ(context.options(), 0U);
    context.options(OP_ENABLE_KTLS);
    EXPECT_EQ(context.options(), OP_ENABLE_KTLS);
    EXPECT_THROW(context.options(static_cast<SSLOptions>(0x80000000)), std::invalid_argument);
    EXPECT_EQ(context.options(), OP_ENABLE_KTLS);
    context.options(SSLOptions{});
    EXPECT_EQ(context.options(), 0U);
}

TEST(SslContext, SaysWhichFileIsWrongAndWhy)
{
    SSLContext context{PROTOCOL_TLS_SERVER};
    const TemporaryDirectory& folder = test_authority().folder();
    const Identity& good = localhost_identity();
    const std::string missing = folder.path("missing.pem");
    const std::string empty = folder.write("empty.pem", "");
    const std::string text = text_of(good.certificate);
    const std::string broken = folder.write("broken.pem", text.substr(0, text.size() / 2));

    EXPECT_EQ(error_of([&] { context.load_cert_chain(missing, good.key); }),
              "cannot load certificate '" + missing + "': No such file or directory");
    EXPECT_EQ(error_of([&] { context.load_cert_chain(good.certificate, missing); }),
              "cannot load key '" + missing + "': No such file or directory");
    EXPECT_EQ(error_of([&] { context.load_cert_chain("/", good.key); }),
              "cannot load certificate '/': Is a directory");
    EXPECT_EQ(error_of([&] { context.load_cert_chain(empty, good.key); }),
              "cannot load certificate '" + empty + "': there is no PEM certificate in it");
    EXPECT_EQ(error_of([&] { context.load_cert_chain(good.certificate); }),
              "cannot load key '" + good.certificate + "': there is no PEM private key in it");
    EXPECT_EQ(error_of([&] { context.load_cert_chain(good.certificate, empty); }),
              "cannot load key '" + empty + "': there is no PEM private key in it");
    EXPECT_EQ(error_of([&] { context.load_cert_chain(broken, good.key); }),
              "cannot load certificate '" + broken + "': bad end line");
    const Identity other = test_authority().issue(Wanted{"other"});
    EXPECT_EQ(error_of([&] { context.load_cert_chain(good.certificate, other.key); }),
              "cannot use key '" + other.key + "': it does not belong to certificate '" +
                  good.certificate + "'");
    EXPECT_THROW(context.load_cert_chain(missing), OSError);
}

TEST(SslContext, LoadsOneFileWithBoth)
{
    SSLContext context{PROTOCOL_TLS_SERVER};
    const Identity& good = localhost_identity();
    context.load_cert_chain(
        test_authority().folder().write("both.pem", text_of(good.key) + text_of(good.certificate)));
    VirtualLoop loop;
    const Ends ends = loop.run(connect_tls(context, client_context()));
    EXPECT_EQ(getpeercert(ends.client)->subject, "CN=localhost");
}

TEST(SslContext, AsksForThePasswordOfAKey)
{
    SSLContext context{PROTOCOL_TLS_SERVER};
    const Identity& good = localhost_identity();
    const std::string key = test_authority().encrypted_key(good, "sesame");
    EXPECT_EQ(error_of([&] { context.load_cert_chain(good.certificate, key); }),
              "cannot load key '" + key + "': it is encrypted, and there is no password");
    EXPECT_EQ(error_of([&] { context.load_cert_chain(good.certificate, key, "open"); }),
              "cannot load key '" + key + "': it is encrypted, and the password is wrong");
    EXPECT_EQ(error_of([&] {
                  context.load_cert_chain(good.certificate, key, [] {
                      throw std::runtime_error{"nobody knows it"};
                      return std::string{};
                  });
              }),
              "nobody knows it");
    context.load_cert_chain(good.certificate, key, "sesame");
    int asked = 0;
    context.load_cert_chain(good.certificate, key, [&asked] {
        ++asked;
        return std::string{"sesame"};
    });
    EXPECT_EQ(asked, 1);
    context.load_cert_chain(good.certificate, good.key, [&asked] {
        ++asked;
        return std::string{};
    });
    EXPECT_EQ(asked, 1);  // It is not encrypted.
}

TEST(SslContext, TrustsWhatItIsTold)
{
    const std::string& authority = test_authority().certificate();
    SSLContext from_text{PROTOCOL_TLS_CLIENT};
    from_text.load_verify_locations("", "", text_of(authority));
    VirtualLoop loop;
    (void)loop.run(connect_tls(server_context(), from_text));

    SSLContext context{PROTOCOL_TLS_CLIENT};
    EXPECT_THROW(context.load_verify_locations(""), std::invalid_argument);
    EXPECT_EQ(error_of([&] { context.load_verify_locations("", "", "nonsense"); }),
              "cannot load certificate 'cadata': there is no PEM certificate in it");
    EXPECT_EQ(error_of([&] { context.load_verify_locations("/missing.pem"); }),
              "cannot load certificate '/missing.pem': No such file or directory");
    context.load_verify_locations(authority);
    context.load_verify_locations(authority);  // Once more does no harm.
}

TEST(SslContext, SaysWhichCiphersItDoesNotKnow)
{
    SSLContext context{PROTOCOL_TLS_SERVER};
    EXPECT_EQ(error_of([&] { context.set_ciphers("ROT13"); }),
              "cannot set ciphers 'ROT13': no cipher match");
    context.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305");
}

TEST(SslContext, RefusesProtocolNamesThatDoNotFit)
{
    SSLContext context{PROTOCOL_TLS_SERVER};
    EXPECT_THROW(context.set_alpn_protocols({""}), std::invalid_argument);
    EXPECT_THROW(context.set_alpn_protocols({std::string(256, 'x')}), std::invalid_argument);
    EXPECT_THROW(context.set_alpn_protocols(std::vector<std::string>(300, std::string(255, 'x'))),
                 std::invalid_argument);
    context.set_alpn_protocols({});
}

TEST(SslContext, ServesOneEndOnly)
{
    VirtualLoop loop;
    const SSLContext bare{PROTOCOL_TLS_SERVER};
    EXPECT_THROW((void)loop.run(start_server(nullptr, "127.0.0.1", 0, 5, client_context())),
                 std::invalid_argument);
    EXPECT_THROW((void)loop.run(start_server(nullptr, "127.0.0.1", 0, 5, true)),
                 std::invalid_argument);
    EXPECT_THROW((void)loop.run(start_server(nullptr, "127.0.0.1", 0, 5, bare)),
                 std::invalid_argument);
    EXPECT_THROW((void)loop.run(open_connection("127.0.0.1", 1, server_context())),
                 std::invalid_argument);
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

}  // namespace
}  // namespace asyncio::test
