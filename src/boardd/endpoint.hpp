#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace boardd {

/// A numeric address and a port, which may be 0: any free one.
struct Endpoint {
    std::string host;  ///< "127.0.0.1", "::1": without brackets.
    std::uint16_t port = 0;

    [[nodiscard]] bool operator==(const Endpoint&) const = default;

    /// "127.0.0.1:8888", "[::1]:8888".
    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] bool loopback() const;
};

/// The endpoint of "127.0.0.1:8888" or "[::1]:8888"; none if it is no such thing.
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);

/// Whom limits take a peer for: the address of "192.0.2.9:5000", but of "[2001:db8::9]:5000" the
/// network "2001:db8::/64", since one machine may have all addresses of it.
[[nodiscard]] std::string origin_of(const std::string& peer);

}  // namespace boardd
