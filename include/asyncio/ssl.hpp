#pragma once

#include <asyncio/detail/ssl_option.hpp>
#include <asyncio/detail/time_limit.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/stream.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace asyncio {

/// The errors of TLS, which are no errnos: category "ssl". The values are Python's: 1 for all, but
/// 8 for a connection that ended without close_notify.
[[nodiscard]] const std::error_category& ssl_category() noexcept;

/// A failure of TLS, in words: "cannot start TLS with '192.0.2.7:443': the peer does not speak
/// TLS". Source: Python ssl.SSLError.
class SSLError : public OSError {
public:
    SSLError(int code, const std::string& message, std::string why);

    [[nodiscard]] const char* what() const noexcept override { return message_.what(); }

    /// OpenSSL's name for it, "WRONG_VERSION_NUMBER"; empty if it has none.
    std::string reason;

private:
    std::runtime_error message_;  // Without the text of code() that std::system_error appends.
};

/// The certificate of the peer is not accepted; the message says which one and why.
/// Source: Python ssl.SSLCertVerificationError.
class SSLCertVerificationError : public SSLError {
public:
    SSLCertVerificationError(const std::string& message, int code, std::string text);

    int verify_code;             ///< OpenSSL's X509_V_ERR_...
    std::string verify_message;  ///< OpenSSL's text for it: "certificate has expired".
};

/// The connection ended without close_notify: what has come may have been cut off by anybody.
/// Source: Python ssl.SSLEOFError.
class SSLEOFError : public SSLError {
public:
    explicit SSLEOFError(const std::string& message);
};

/// Which end of the connection a context is for. Source: Python, constants of module ssl.
enum SSLProtocol { PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER };

/// Must the peer show a certificate? Source: Python ssl.VerifyMode.
enum VerifyMode {
    CERT_NONE,      ///< It is not asked for one; a client takes any. Verifies nothing.
    CERT_OPTIONAL,  ///< A client may have none, but the one it has must be valid.
    CERT_REQUIRED,  ///< It must have one that is valid.
};

/// What else is checked of a chain of certificates; combined with |. The lists of revoked
/// certificates (CRLs) come from load_verify_locations(): one of each authority whose certificates
/// are checked, or they are refused. Source: Python ssl.VerifyFlags.
enum VerifyFlags : std::uint32_t {
    VERIFY_DEFAULT = 0,
    VERIFY_CRL_CHECK_LEAF = 0x4,   ///< The peer's own certificate must not be revoked.
    VERIFY_CRL_CHECK_CHAIN = 0xc,  ///< Nor those of the authorities between it and the root.
    VERIFY_X509_STRICT = 0x20,  ///< No leniency with certificates that are not as RFC 5280 says.
    VERIFY_X509_PARTIAL_CHAIN =
        0x80000,  ///< Any trusted certificate ends a chain, not only a root.
};

[[nodiscard]] constexpr VerifyFlags operator|(VerifyFlags one, VerifyFlags other) noexcept
{
    return static_cast<VerifyFlags>(static_cast<std::uint32_t>(one) |
                                    static_cast<std::uint32_t>(other));
}

/// Source: Python ssl.Options.
enum SSLOptions : std::uint64_t {
    OP_ENABLE_KTLS = 0x8,  ///< Has the kernel encrypt what is sent, if it can: see options().
};

/// Source: Python ssl.TLSVersion. Older versions are not spoken.
enum class TLSVersion { TLSv1_2, TLSv1_3 };

namespace detail {

class TlsContext;

/// The password of a private key: a string, or a function that is called if one is needed.
class KeyPassword {
public:
    KeyPassword() = default;
    KeyPassword(std::string password) : get_{[password = std::move(password)] { return password; }}
    {
    }
    KeyPassword(const char* password) : KeyPassword{std::string{password}} {}
    template <std::invocable F>
        requires std::is_convertible_v<std::invoke_result_t<F&>, std::string>
    KeyPassword(F get) : get_{std::move(get)}
    {
    }

    [[nodiscard]] const std::function<std::string()>& get() const noexcept { return get_; }

private:
    std::function<std::string()> get_;
};

}  // namespace detail

/// Certificates, keys and choices for TLS connections: the `ssl` of open_connection(),
/// start_server() and Stream::start_tls().
///
/// A client's verifies the server's certificate and name, once load_verify_locations() or
/// load_default_certs() have said whom to trust; create_default_context() is the usual client. A
/// server's needs load_cert_chain(); for mutual TLS also load_verify_locations() and
/// verify_mode(CERT_REQUIRED).
///
/// TLS 1.2 and 1.3. Each handshake is a full one: a server gives no tickets, and neither end keeps
/// sessions to be resumed, so that nothing grows with the number of connections. There is no
/// renegotiation, compression or early data.
/// A copy is a handle to the same context. Changes count for handshakes that begin after them:
/// connections keep what they have. Loops on several threads may share one that none of them
/// changes. Errors of all that load: OSError when a file cannot be read, SSLError when what is
/// in it is not right; the context stays as it was then.
/// Source: Python ssl.SSLContext.
class SSLContext {
public:
    explicit SSLContext(SSLProtocol protocol);

    /// Loads the own certificate, with those of the authorities between it and the root behind it,
    /// and its private key, both PEM. Without `keyfile` the key is in `certfile` too.
    void load_cert_chain(const std::string& certfile, const std::string& keyfile = {},
                         const detail::KeyPassword& password = {});

    /// Trusts the authorities of a PEM file; of a folder as `openssl rehash` makes it; of a text,
    /// PEM or DER. Empty ones are left out. Throws std::invalid_argument if all are.
    /// Lists of revoked certificates are taken from the same places, DER excepted; of several that
    /// an authority has made the newest counts. See verify_flags().
    void load_verify_locations(const std::string& cafile, const std::string& capath = {},
                               const std::string& cadata = {});

    /// Trusts the system's authorities: OpenSSL's paths, or SSL_CERT_FILE and SSL_CERT_DIR.
    void load_default_certs();

    /// At first CERT_REQUIRED for a client, CERT_NONE for a server. Throws std::invalid_argument
    /// for CERT_NONE while check_hostname() is on.
    [[nodiscard]] VerifyMode verify_mode() const noexcept;
    void verify_mode(VerifyMode mode);

    /// At first VERIFY_DEFAULT: nothing is asked about revoked certificates.
    [[nodiscard]] VerifyFlags verify_flags() const noexcept;
    void verify_flags(VerifyFlags flags);

    /// Does a client check that the certificate is for the server's name? On at first. Switching it
    /// on sets CERT_REQUIRED if it was CERT_NONE. The certificate's alternative names count, its
    /// common name does not. Throws std::invalid_argument for a server's context.
    [[nodiscard]] bool check_hostname() const noexcept;
    void check_hostname(bool check);

    /// The protocols to be offered or chosen from, best first: {"h2", "http/1.1"}. When there is
    /// none in common the connection goes on without, see get_extra_info("alpn"). Throws
    /// std::invalid_argument for a name that is not 1 to 255 bytes long.
    void set_alpn_protocols(const std::vector<std::string>& protocols);

    /// At first TLSv1_2 and TLSv1_3.
    [[nodiscard]] TLSVersion minimum_version() const noexcept;
    void minimum_version(TLSVersion version);
    [[nodiscard]] TLSVersion maximum_version() const noexcept;
    void maximum_version(TLSVersion version);

    /// The ciphers of TLS 1.2, in OpenSSL's words; those of 1.3 are all good. At first ECDHE with
    /// AES-GCM or ChaCha20. Throws SSLError if no cipher is meant.
    void set_ciphers(const std::string& ciphers);

    /// At first none. With OP_ENABLE_KTLS the kernel encrypts what is sent (Linux's kTLS: module
    /// "tls") where it and OpenSSL offer that: on TCP, with TLS 1.3; get_extra_info("ktls") says
    /// "send" then. Elsewhere OpenSSL does it, as it does without. One thing is different: the
    /// kernel keeps its keys, so a peer that asks for new ones (KeyUpdate with update_requested)
    /// ends the connection with SSLError. Throws std::invalid_argument for other options.
    [[nodiscard]] SSLOptions options() const noexcept;
    void options(SSLOptions options);

    /// A server calls it, on the loop's thread, with the name that the client asks for ("": none).
    /// The context it gives serves this connection: its certificate, authorities, verify_mode(),
    /// verify_flags() and ALPN; std::nullopt: this one does. If it throws, the client is told that
    /// the name is unknown, and the exception is the handshake's. It should not hold its own
    /// context, which would keep it alive for ever.
    using SNICallback = std::function<std::optional<SSLContext>(const std::string& server_name)>;
    void set_sni_callback(SNICallback callback);

    /// How long a handshake may take (60 s at first), and how long a stream that is closed waits
    /// for the peer's answer (30 s at first). Throw std::invalid_argument for none, or 0 or less.
    /// Source: CPython's ssl_handshake_timeout and ssl_shutdown_timeout.
    [[nodiscard]] std::chrono::nanoseconds handshake_timeout() const noexcept;
    void handshake_timeout(detail::TimeLimit limit);
    [[nodiscard]] std::chrono::nanoseconds shutdown_timeout() const noexcept;
    void shutdown_timeout(detail::TimeLimit limit);

    /// For the library.
    operator detail::SSLOption() const;
    [[nodiscard]] const std::shared_ptr<detail::TlsContext>& context() const noexcept
    {
        return context_;
    }

private:
    std::shared_ptr<detail::TlsContext> context_;
};

/// A client's context that trusts the system's authorities: what `ssl = true` means. Reading them
/// takes a while (25 ms on a PC), so keep it; `true` does.
/// Source: Python ssl.create_default_context.
[[nodiscard]] SSLContext create_default_context();

/// What there is to know about who is at the other end.
class PeerCertificate {
public:
    PeerCertificate() {}

    std::string subject;  ///< As in RFC 2253: "CN=lamp,O=Example".
    std::string issuer;  ///< The same.
    std::vector<std::string> subject_alt_names;  ///< "DNS:lamp.local", "IP:192.0.2.7", "URI:..."
    std::chrono::sys_seconds not_before;
    std::chrono::sys_seconds not_after;
    std::string spki_sha256;  ///< Of the public key: 64 hexadecimal digits. Fit for pinning.
};

/// The certificate of the peer, if it has one that was verified: nothing for a plain stream, and
/// with CERT_NONE. Source: Python ssl.SSLSocket.getpeercert.
[[nodiscard]] std::optional<PeerCertificate> getpeercert(const Stream& stream);

}  // namespace asyncio
