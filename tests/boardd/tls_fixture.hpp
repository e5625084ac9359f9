#pragma once

#include "boardd/client.hpp"
#include "boardd/process.hpp"
#include "boardd/tls_client.hpp"
#include "support/certificates.hpp"
#include "support/child.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace boardd_test {

/// Tests that need certificates, and a client that is no part of this project.
class Tls : public testing::Test {
protected:
    void SetUp() override
    {
        if (!asyncio::test::is_installed("openssl")) {
            GTEST_SKIP() << "there is no openssl";
        }
    }
};

/// The files of a [tls] table, which can be replaced.
class TlsFiles {
public:
    TlsFiles()
    {
        use(asyncio::test::localhost_identity());
        trust(asyncio::test::test_authority().certificate());
    }

    void use(const asyncio::test::Identity& identity) const
    {
        (void)folder_.write("server.pem", asyncio::test::text_of(identity.certificate));
        (void)folder_.write("server.key", asyncio::test::text_of(identity.key));
    }
    void trust(const std::string& authority) const
    {
        (void)folder_.write("clients.pem", asyncio::test::text_of(authority));
    }
    void revoke(const std::string& list) const { revoke_all({list}); }
    void revoke_all(const std::vector<std::string>& lists) const
    {
        std::string text;
        for (const std::string& list : lists) {
            text += asyncio::test::text_of(list);
        }
        (void)folder_.write("revoked.pem", text);
    }
    void spoil(std::string_view name) const { (void)folder_.write(name, "nonsense\n"); }

    /// A configuration with one TLS listener. `tls` and `limits` go into the tables of these names.
    [[nodiscard]] std::string toml(const std::string& tls = {},
                                   const std::string& limits = {}) const
    {
        return at("127.0.0.1:0", with_authority() + tls) + "[limits]\n" + limits;
    }
    /// With TLS on `address`, and no client_ca unless `tls` has it.
    [[nodiscard]] std::string at(const std::string& address, const std::string& tls) const
    {
        return "[listen.text]\ntcp = [\"127.0.0.1:0\"]\ntls = [\"" + address + "\"]\n" +
               tables(tls);
    }
    [[nodiscard]] std::string with_authority() const
    {
        return "client_ca = \"" + folder_.path("clients.pem") + "\"\n";
    }
    [[nodiscard]] std::string with_revocations() const
    {
        return "client_crl = \"" + folder_.path("revoked.pem") + "\"\n";
    }
    /// [tls] without client_ca, and `more` in it.
    [[nodiscard]] std::string tables(const std::string& more) const
    {
        return "[tls]\ncertificate = \"" + folder_.path("server.pem") + "\"\nkey = \"" +
               folder_.path("server.key") + "\"\n" + more;
    }

private:
    TemporaryDirectory folder_;
};

inline std::uint16_t tls_port(ServingBoardd& boardd) { return boardd->port("text with TLS"); }

inline const asyncio::test::Identity& ann()
{
    static const asyncio::test::Identity identity =
        asyncio::test::test_authority().issue(asyncio::test::Wanted{"ann"});
    return identity;
}

/// A client that is let in.
inline std::unique_ptr<TlsClient> let_in(ServingBoardd& boardd,
                                         const asyncio::test::Identity& identity = ann())
{
    auto client = std::make_unique<TlsClient>(
        tls_port(boardd), asyncio::test::test_authority().certificate(), &identity);
    EXPECT_EQ((*client)->ask("PING"), "OK pong");
    return client;
}

inline bool says(ServingBoardd& boardd, std::string_view text)
{
    return boardd->log().find(text) != std::string::npos;
}

inline std::size_t count_of(const std::string& text, std::string_view part)
{
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

/// Waits until the log has a text so often.
inline void wait_for_logs(ServingBoardd& boardd, std::string_view text, std::size_t count)
{
    const auto end = std::chrono::steady_clock::now() + Boardd::patience;
    while (count_of(boardd->log(), text) < count) {
        if (std::chrono::steady_clock::now() > end) {
            throw std::runtime_error{"not so often: " + std::string{text} + "\n" + boardd->log()};
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
}

}  // namespace boardd_test
