#pragma once

#include "net/byte_queue.hpp"

#include <asyncio/detail/timer.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace asyncio::detail {

class StreamOutput;

/// What stands between a stream and its socket on a connection that is protected (TLS).
///
/// It only turns bytes into bytes: what the kernel receives goes through receive() into the
/// stream's buffer, what is written goes through write() to what will be sent. It never waits.
class StreamSecurity {
public:
    StreamSecurity(const StreamSecurity&) = delete;
    StreamSecurity& operator=(const StreamSecurity&) = delete;
    virtual ~StreamSecurity() = default;

    /// Where `out` of the others leads to, and who can have it protected by the kernel.
    virtual void attach(StreamOutput& output) noexcept = 0;

    /// Begins the handshake; `out` gets what is to be sent.
    virtual void start(std::string& out) noexcept = 0;

    /// Takes in what has arrived: what was said in it goes to `plain`, what the protocol itself
    /// answers to `out`. After failed() and ended() it takes no notice.
    virtual void receive(std::span<const std::byte> bytes, ByteQueue& plain,
                         std::string& out) noexcept = 0;

    /// The connection has ended, though the peer has not said so.
    virtual void connection_ended() noexcept = 0;

    /// Protects `plain` and appends it to `out`; false when the session has failed, or does so now.
    /// Requires: established().
    [[nodiscard]] virtual bool write(std::span<const std::byte> plain,
                                     std::string& out) noexcept = 0;

    /// Tells the peer that no more will be written.
    virtual void end(std::string& out) noexcept = 0;

    /// Throws why it failed: "cannot <what>: <reason>". Requires: failed().
    [[noreturn]] virtual void throw_error(const std::string& what) const = 0;

    /// For get_extra_info().
    [[nodiscard]] virtual std::optional<std::string> info(std::string_view key) const = 0;

    /// How long the handshake, and how long the farewell may take.
    [[nodiscard]] virtual Time handshake_timeout() const noexcept = 0;
    [[nodiscard]] virtual Time shutdown_timeout() const noexcept = 0;

    /// Is the handshake done?
    [[nodiscard]] bool established() const noexcept { return established_; }
    /// Has the peer said that no more will come?
    [[nodiscard]] bool ended() const noexcept { return ended_; }
    [[nodiscard]] bool failed() const noexcept { return failed_; }

protected:
    StreamSecurity() = default;

    bool established_ = false;
    bool ended_ = false;
    bool failed_ = false;
};

/// What makes them: the inside of an SSLContext.
class SecurityContext {
public:
    SecurityContext(const SecurityContext&) = delete;
    SecurityContext& operator=(const SecurityContext&) = delete;
    virtual ~SecurityContext() = default;

    [[nodiscard]] virtual bool is_server() const noexcept = 0;

    /// A session for a new connection. A client's says which server it wants, and checks its
    /// name. Throws std::invalid_argument when the context is not fit for it.
    [[nodiscard]] virtual std::unique_ptr<StreamSecurity> new_session(
        const std::string& server_hostname) const = 0;

protected:
    SecurityContext() = default;
};

}  // namespace asyncio::detail
