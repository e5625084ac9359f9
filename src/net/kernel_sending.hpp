#pragma once

#include "core/network.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace asyncio::detail {

class Socket;

/// The sending half of a TLS 1.3 connection that the kernel encrypts.
///
/// The kernel says that it has taken what it has not handed to TCP yet, and throws that away when
/// the socket is shut down or closed (seen with Linux 6.12). So who ends the connection must wait
/// until TCP has it all, which the kernel does not tell; but its records can be counted.
class KernelSending {
public:
    using Alert = std::array<std::byte, 2>;

    /// Requires: the socket outlives this.
    explicit KernelSending(const Socket& socket) noexcept : socket_{socket} {}

    /// Sends `before` as it is, taking off what has gone, and lets the kernel encrypt what follows;
    /// false if it cannot, or does not take all of `before` now.
    [[nodiscard]] bool start(std::string& before, std::span<const std::byte> keys);

    /// So much plain text was sent.
    void sent(std::size_t bytes) noexcept { plain_ += bytes; }

    /// The last that the peer will be told. The first one counts.
    void alert(Alert what) noexcept;

    /// To be called when all else is sent: sends the alert. Gives 0 once TCP has everything;
    /// -EAGAIN: call it again when the socket can be written to; or another -errno.
    [[nodiscard]] int finish() noexcept;

private:
    enum class Last : std::uint8_t { none, waits, is_sent };

    [[nodiscard]] bool is_out() const noexcept;

    const Socket& socket_;
    Encrypted at_start_;
    std::uint64_t plain_ = 0;  // Bytes of plain text since.
    Alert alert_{};
    Last last_ = Last::none;
    int tries_ = 0;
};

}  // namespace asyncio::detail
