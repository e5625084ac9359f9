#include "support/handshakes.hpp"

#include <gtest/gtest.h>

#include <functional>

// Certificates that are not accepted, a server's and a client's, and what each end is told.

namespace asyncio::test {
namespace {

Authority& lower_authority()
{
    static Authority authority{"Lower CA", test_authority()};
    return authority;
}

/// One that is revoked itself.
Authority& fallen_authority()
{
    static Authority authority{"Fallen CA", test_authority()};
    return authority;
}

/// One that has revoked nothing but what a test of it wants.
class Revoking {
public:
    Authority root{"Root CA"};
    Authority lower{"Lower CA", root};
};

/// A certificate that is refused.
class Refusal {
public:
    std::string name;
    std::function<Identity()> make;
    std::string told;   // To the end that checks it, behind "cannot start TLS with PEER: ".
    std::string heard;  // By the end whose it is, behind "the peer refused our certificate: ".
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

Identity issued(const Wanted& wanted) { return test_authority().issue(wanted); }

std::vector<Refusal> refusals()
{
    return {
        {"Expired", [] { return issued(Wanted{"localhost"}.valid(-20, -10)); },
         "certificate of 'localhost' expired on " + today(-10),
         "certificate expired; it expired on " + today(-10)},
        {"NotYetValid", [] { return issued(Wanted{"localhost"}.valid(10, 20)); },
         "certificate of 'localhost' is not valid before " + today(10) + "; is the clock right?",
         "bad certificate; it is not valid before " + today(10)},
        {"SelfSigned", [] { return issued(Wanted{"localhost"}.self_signed()); },
         "certificate of 'localhost' is signed only by itself",
         "unknown CA; it is signed only by itself"},
        {"OfAnUnknownAuthority", [] { return other_authority().issue(Wanted{"localhost"}); },
         "certificate of 'localhost' is signed by an unknown authority 'Other CA'", "unknown CA"},
        {"Revoked",
         [] {
             const Identity identity = issued(Wanted{"localhost"});
             test_authority().revoke(identity.certificate, -3);
             return identity;
         },
         "certificate of 'localhost' was revoked on " + today(-3), "certificate revoked"},
        {"BelowARevokedAuthority",
         [] {
             test_authority().revoke(fallen_authority().certificate(), -5);
             return fallen_authority().issue(Wanted{"localhost"});
         },
         "certificate of 'Fallen CA' was revoked on " + today(-5), "certificate revoked"},
        {"OfAnAuthorityWithoutAList", [] { return lower_authority().issue(Wanted{"localhost"}); },
         "certificate of 'localhost' cannot be checked: there is no revocation list of 'Lower CA'; "
         "add it to those that are loaded",
         "unknown CA"},
    };
}

class RefusedCertificate : public testing::TestWithParam<Refusal> {
protected:
    RefusedCertificate() : identity_{GetParam().make()} {}

    /// Makes one side check everything.
    static SSLContext strict(SSLContext context)
    {
        context.load_verify_locations(test_authority().certificate());
        context.load_verify_locations(test_authority().revocation_list());
        context.load_verify_locations(fallen_authority().revocation_list());
        context.verify_flags(VERIFY_CRL_CHECK_CHAIN);
        return context;
    }

    Identity identity_;
};

TEST_P(RefusedCertificate, OfAServer)
{
    const End end = try_handshake(server_context(identity_), strict(client_context()));
    EXPECT_EQ(without_address(end.client),
              "OSError 1 cannot start TLS with PEER: " + GetParam().told);
    EXPECT_EQ(without_address(end.server),
              "cannot start TLS with PEER: the peer refused our certificate: " + GetParam().heard);
}

TEST_P(RefusedCertificate, OfAClient)
{
    SSLContext server = strict(server_context());
    server.verify_mode(CERT_REQUIRED);
    SSLContext client = client_context();
    client.load_cert_chain(identity_.certificate, identity_.key);
    const End end = try_handshake(server, client);
    EXPECT_EQ(without_address(end.server), "cannot start TLS with PEER: " + GetParam().told);
    // With TLS 1.3 the client's handshake is over by then.
    EXPECT_EQ(without_address(end.client),
              "OSError 1 cannot read from PEER: the peer refused our certificate: " +
                  GetParam().heard);

    client.maximum_version(TLSVersion::TLSv1_2);
    EXPECT_EQ(without_address(try_handshake(server, client).client),
              "OSError 1 cannot start TLS with PEER: the peer refused our certificate: " +
                  GetParam().heard);
}

INSTANTIATE_TEST_SUITE_P(Kinds, RefusedCertificate, testing::ValuesIn(refusals()),
                         [](const auto& kind) { return kind.param.name; });

// Names

TEST(TlsRefusals, AWrongNameIsNamedWithTheRightOnes)
{
    const Identity identity = issued(Wanted{"lamp"}.names({"DNS:lamp.local", "DNS:b"}));
    const End end = try_handshake(server_context(identity), client_context(), "a");
    EXPECT_EQ(without_address(end.client),
              "OSError 1 cannot start TLS with PEER: host name 'a' does not match 'lamp.local', "
              "'b'");
    EXPECT_EQ(without_address(end.server),
              "cannot start TLS with PEER: the peer refused our certificate: bad certificate; it "
              "is for 'lamp.local', 'b', and the peer asked for 'a'");
}

TEST(TlsRefusals, AWrongAddressIsNamedWithTheRightOnes)
{
    const Identity identity = issued(Wanted{"lamp"}.names({"IP:192.0.2.7", "IP:::2"}));
    const End end = try_handshake(server_context(identity), client_context(), host);
    EXPECT_EQ(without_address(end.client),
              "OSError 1 cannot start TLS with PEER: host name '127.0.0.1' does not match "
              "'192.0.2.7', '::2'");
    EXPECT_EQ(without_address(end.server),
              "cannot start TLS with PEER: the peer refused our certificate: bad certificate; it "
              "is for '192.0.2.7', '::2'");
}

// Lists of what was revoked

SSLContext checking(const Revoking& authorities, VerifyFlags flags)
{
    SSLContext context = client_context(authorities.root);
    context.verify_flags(flags);
    return context;
}

std::string end_of(const SSLContext& server, const SSLContext& client)
{
    return without_address(try_handshake(server, client).client);
}

TEST(TlsRevocation, IsAskedForOnlyWhenToldTo)
{
    Revoking authorities;
    const Identity identity = authorities.root.issue(Wanted{"localhost"});
    authorities.root.revoke(identity.certificate);
    SSLContext client = checking(authorities, VERIFY_DEFAULT);
    EXPECT_EQ(client.verify_flags(), VERIFY_DEFAULT);
    client.load_verify_locations(authorities.root.revocation_list());
    EXPECT_EQ(end_of(server_context(identity), client), "nothing");
    client.verify_flags(client.verify_flags() | VERIFY_CRL_CHECK_LEAF);
    EXPECT_EQ(client.verify_flags(), VERIFY_CRL_CHECK_LEAF);
    EXPECT_NE(end_of(server_context(identity), client).find("was revoked on"), std::string::npos);
}

TEST(TlsRevocation, OfALeafDoesNotLookAtAuthorities)
{
    Revoking authorities;
    const Identity identity = authorities.lower.issue(Wanted{"localhost"});
    authorities.root.revoke(authorities.lower.certificate());
    SSLContext client = checking(authorities, VERIFY_CRL_CHECK_LEAF);
    client.load_verify_locations(authorities.lower.revocation_list());
    EXPECT_EQ(end_of(server_context(identity), client), "nothing");

    client.load_verify_locations(authorities.root.revocation_list());
    client.verify_flags(VERIFY_CRL_CHECK_CHAIN);
    EXPECT_NE(
        end_of(server_context(identity), client).find("certificate of 'Lower CA' was revoked"),
        std::string::npos);
}

TEST(TlsRevocation, LetsPassWhatIsNotRevoked)
{
    Revoking authorities;
    authorities.root.revoke(authorities.root.issue(Wanted{"another"}).certificate);
    const Identity identity = authorities.lower.issue(Wanted{"localhost"});
    SSLContext client = checking(authorities, VERIFY_CRL_CHECK_CHAIN);
    client.load_verify_locations(authorities.root.revocation_list());
    client.load_verify_locations("", "", text_of(authorities.lower.revocation_list()));
    EXPECT_EQ(end_of(server_context(identity), client), "nothing");
}

TEST(TlsRevocation, ANewerListCountsInsteadOfTheOlder)
{
    Revoking authorities;
    const Identity identity = authorities.root.issue(Wanted{"localhost"});
    SSLContext client = checking(authorities, VERIFY_CRL_CHECK_LEAF);
    const std::string before = authorities.root.revocation_list(-2);
    authorities.root.revoke(identity.certificate);
    const std::string after = authorities.root.revocation_list(-1);
    client.load_verify_locations(before);
    EXPECT_EQ(end_of(server_context(identity), client), "nothing");
    client.load_verify_locations(after);
    EXPECT_NE(end_of(server_context(identity), client).find("was revoked"), std::string::npos);
    client.load_verify_locations(before);
    EXPECT_NE(end_of(server_context(identity), client).find("was revoked"), std::string::npos);
}

TEST(TlsRevocation, AListThatIsNotOfTodayIsNoList)
{
    Revoking authorities;
    const Identity identity = authorities.root.issue(Wanted{"localhost"});
    SSLContext late = checking(authorities, VERIFY_CRL_CHECK_LEAF);
    late.load_verify_locations(authorities.root.revocation_list(-9, -2));
    EXPECT_EQ(end_of(server_context(identity), late),
              "OSError 1 cannot start TLS with PEER: certificate of 'localhost' cannot be checked: "
              "the revocation list of 'Root CA' expired on " +
                  today(-2));
    SSLContext early = checking(authorities, VERIFY_CRL_CHECK_LEAF);
    early.load_verify_locations(authorities.root.revocation_list(2, 9));
    EXPECT_EQ(end_of(server_context(identity), early),
              "OSError 1 cannot start TLS with PEER: certificate of 'localhost' cannot be checked: "
              "the revocation list of 'Root CA' is not valid before " +
                  today(2) + "; is the clock right?");
}

TEST(TlsRevocation, AListOfAnImpostorIsNoList)
{
    Revoking authorities;
    Revoking impostors;  // Of the same names.
    const Identity identity = authorities.root.issue(Wanted{"localhost"});
    SSLContext client = checking(authorities, VERIFY_CRL_CHECK_LEAF);
    client.load_verify_locations(impostors.root.revocation_list());
    EXPECT_NE(end_of(server_context(identity), client).find("cannot start TLS"), std::string::npos);
}

TEST(TlsRevocation, IsCheckedAsTheContextOfTheNameSays)
{
    Revoking authorities;
    const Identity lamp = authorities.root.issue(Wanted{"lamp"});
    authorities.root.revoke(lamp.certificate);
    SSLContext open = server_context();
    SSLContext strict = server_context();
    strict.verify_mode(CERT_REQUIRED);
    strict.load_verify_locations(authorities.root.certificate());
    strict.load_verify_locations(authorities.root.revocation_list());
    strict.verify_flags(VERIFY_CRL_CHECK_LEAF);
    open.set_sni_callback(
        [strict](const std::string&) -> std::optional<SSLContext> { return strict; });
    SSLContext client = client_context();
    client.load_cert_chain(lamp.certificate, lamp.key);
    EXPECT_NE(try_handshake(open, client).server.find("certificate of 'lamp' was revoked"),
              std::string::npos);
}

TEST(TlsRevocation, SaysWhichListIsBroken)
{
    Revoking authorities;
    std::string text = text_of(authorities.root.revocation_list());
    text.replace(text.find("\nMI"), 3, "\nXX");
    const std::string broken = authorities.root.folder().write("broken.pem", text);
    SSLContext client{PROTOCOL_TLS_CLIENT};
    try {
        client.load_verify_locations(broken);
        FAIL() << "it was accepted";
    } catch (const SSLError& error) {
        EXPECT_TRUE(starts_with(error.what(), "cannot load revocation list '" + broken + "': "))
            << error.what();
    }
}

// The other flags

TEST(TlsFlags, APartialChainMayEndAtAnyTrustedCertificate)
{
    const Identity identity = lower_authority().issue(Wanted{"localhost"});
    SSLContext client = client_context(lower_authority());
    EXPECT_NE(end_of(server_context(identity), client).find("an unknown authority 'Test CA'"),
              std::string::npos);
    client.verify_flags(VERIFY_X509_PARTIAL_CHAIN);
    EXPECT_EQ(end_of(server_context(identity), client), "nothing");
}

TEST(TlsFlags, StrictnessRefusesWhatIsNotAsTheStandardSays)
{
    const Identity identity = issued(Wanted{"localhost"}.vague());
    SSLContext client = client_context();
    EXPECT_EQ(end_of(server_context(identity), client), "nothing");
    client.verify_flags(VERIFY_X509_STRICT);
    EXPECT_NE(end_of(server_context(identity), client).find("Missing Authority Key Identifier"),
              std::string::npos);
}

}  // namespace
}  // namespace asyncio::test
