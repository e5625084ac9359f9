#pragma once

#include "boardd/config.hpp"

#include <asyncio/ssl.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace boardd {

/// A file of [tls] cannot be used: "cannot load key 'FILE': <reason>".
class TlsFileError : public std::runtime_error {
public:
    TlsFileError(std::string key, const std::string& message)
        : std::runtime_error{message}, key_{std::move(key)}
    {
    }

    /// Which key of [tls] names it: "client_ca".
    [[nodiscard]] const std::string& key() const noexcept { return key_; }

private:
    std::string key_;
};

/// A server's context of the files that `config` names. With `client_ca` it takes only clients
/// with a certificate of one of these authorities; if there is a `client_crl`, neither it nor an
/// authority in between may be revoked. Throws TlsFileError.
[[nodiscard]] asyncio::SSLContext load_tls(const TlsConfig& config);

}  // namespace boardd
