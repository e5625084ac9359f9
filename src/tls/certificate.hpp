#pragma once

#include "tls/handles.hpp"

#include <asyncio/ssl.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace asyncio::detail {

// What certificates say, as text. They may come from anybody.

/// What cannot be printed becomes '?'.
[[nodiscard]] std::string printable(std::string_view text);

/// The name to call a certificate by: its common name, else its first alternative name. For
/// messages: it is printable().
[[nodiscard]] std::string short_name(const X509* certificate);
[[nodiscard]] std::string short_name(const X509_NAME* name);

/// "DNS:lamp.local", "IP:192.0.2.7", "URI:...".
[[nodiscard]] std::vector<std::string> alternative_names(const X509* certificate);

[[nodiscard]] std::chrono::sys_seconds to_time_point(const ASN1_TIME* time);
/// "2025-01-31".
[[nodiscard]] std::string to_date(const ASN1_TIME* time);

[[nodiscard]] PeerCertificate describe(const X509* certificate);
/// The same in lines: "subject=...", "issuer=...", "subjectAltName=..." (of each),
/// "notBefore=2025-01-31", "notAfter=...", "spki_sha256=...".
[[nodiscard]] std::string to_lines(const X509* certificate);

}  // namespace asyncio::detail
