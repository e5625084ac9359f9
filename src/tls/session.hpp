#pragma once

#include "net/stream_security.hpp"
#include "tls/context.hpp"
#include "tls/failure.hpp"
#include "tls/handles.hpp"
#include "tls/wire.hpp"

#include <memory>
#include <string>

namespace asyncio::detail {

/// TLS on one connection.
///
/// OpenSSL never waits here: it reads what has arrived and asks for more when that is used up, and
/// what it writes is only queued. Its errors lie in a queue of the thread, so each call begins with
/// an empty one: a leftover of another connection would end this one.
class TlsSession final : public StreamSecurity {
public:
    /// Throws std::invalid_argument when a client cannot ask for, or check, the server's name.
    TlsSession(std::shared_ptr<const TlsContext> chosen, const std::string& server_hostname);

    void attach(StreamOutput& output) noexcept override { wire_.attach(output); }
    void start(std::string& out) noexcept override;
    void receive(std::span<const std::byte> bytes, ByteQueue& plain,
                 std::string& out) noexcept override;
    void connection_ended() noexcept override;
    bool write(std::span<const std::byte> plain, std::string& out) noexcept override;
    void end(std::string& out) noexcept override;
    [[noreturn]] void throw_error(const std::string& what) const override;
    [[nodiscard]] std::optional<std::string> info(std::string_view key) const override;
    [[nodiscard]] Time handshake_timeout() const noexcept override
    {
        return context_->handshake_timeout;
    }
    [[nodiscard]] Time shutdown_timeout() const noexcept override
    {
        return context_->shutdown_timeout;
    }

    /// The peer's certificate, if it has one that was verified; else null.
    [[nodiscard]] CertificateHandle peer_certificate() const;

    /// For tests.
    [[nodiscard]] SSL* handle() const noexcept { return session_.get(); }

    /// OpenSSL's callback for the name that a client asks for.
    static int choose_context(SSL* session, int* alert, void*) noexcept;

private:
    /// A peer that has us answer more than this, outside of what the program writes, is up to no
    /// good: refused renegotiations, for one, are answered one by one.
    static constexpr std::size_t most_answers = 16 * 1024;

    void shake_hands() noexcept;
    void read(ByteQueue& plain) noexcept;
    void fail() noexcept;
    void fail(Failure::Kind kind, const char* text) noexcept;
    void adopt(std::shared_ptr<const TlsContext> chosen);
    void name_server(const std::string& hostname);

    static TlsSession& of(const SSL* session) noexcept;
    static int note_verification(int is_valid, X509_STORE_CTX* verification) noexcept;

    std::shared_ptr<const TlsContext> context_;
    Wire wire_;
    SessionHandle session_;
    std::string server_hostname_;
    VerifyFailure verification_;
    Failure failure_;
    std::size_t answered_ = 0;  // Bytes, since the handshake.
};

}  // namespace asyncio::detail
