#pragma once

#include "boardd/client.hpp"
#include "support/certificates.hpp"
#include "support/temporary_directory.hpp"

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace boardd_test {

/// A person at `openssl s_client`, who trusts one authority and may have a certificate.
class TlsClient {
public:
    /// `more` are further arguments: {"-tls1_2"}.
    TlsClient(std::uint16_t port, const std::string& authority,
              const asyncio::test::Identity* identity = nullptr,
              const std::vector<std::string>& more = {});
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;
    ~TlsClient();

    /// What goes through the program. It ends with the connection, or when it cannot have one.
    [[nodiscard]] Client& operator*() noexcept { return client_; }
    [[nodiscard]] Client* operator->() noexcept { return &client_; }

private:
    [[nodiscard]] int start(const std::vector<std::string>& arguments);

    asyncio::test::TemporaryDirectory directory_;
    pid_t pid_ = -1;
    Client client_;
};

}  // namespace boardd_test
