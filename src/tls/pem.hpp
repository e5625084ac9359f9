#pragma once

#include "tls/handles.hpp"

#include <asyncio/ssl.hpp>

#include <string>
#include <vector>

namespace asyncio::detail {

// Certificates and keys from files. All throw OSError when a file cannot be read, and SSLError
// "cannot load certificate '<path>': <reason>" when what is in it is not right.

/// What a file holds. `what` it is to be, for the message: "certificate", "key".
[[nodiscard]] std::string read_file(const std::string& what, const std::string& path);

/// All certificates of a PEM text, at least one. `name` is where the text is from, for messages.
[[nodiscard]] std::vector<CertificateHandle> read_certificates(const std::string& text,
                                                               const std::string& name);

/// Whom to trust, and what they have revoked.
class Authorities {
public:
    std::vector<CertificateHandle> certificates;
    std::vector<RevocationsHandle> revocations;
};

/// All that a PEM text has of both, at least one; with `may_be_der`, also a single certificate in
/// DER.
[[nodiscard]] Authorities read_authorities(const std::string& text, const std::string& name,
                                           bool may_be_der);

/// The private key of a PEM text.
[[nodiscard]] KeyHandle read_key(const std::string& text, const std::string& name,
                                 const KeyPassword& password);

/// Throws SSLError "cannot <what>: <reason>"; the reason is what OpenSSL says last if it is empty.
[[noreturn]] void throw_ssl_error(const std::string& what, const std::string& why = {});

}  // namespace asyncio::detail
