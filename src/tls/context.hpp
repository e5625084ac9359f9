#pragma once

#include "net/stream_security.hpp"
#include "tls/handles.hpp"
#include "tls/pem.hpp"

#include <asyncio/ssl.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace asyncio::detail {

/// The inside of an SSLContext, whose doc comments say what its members do.
class TlsContext final : public SecurityContext, public std::enable_shared_from_this<TlsContext> {
public:
    explicit TlsContext(SSLProtocol protocol);

    [[nodiscard]] bool is_server() const noexcept override { return is_server_; }
    [[nodiscard]] std::unique_ptr<StreamSecurity> new_session(
        const std::string& server_hostname) const override;

    void load_cert_chain(const std::string& certfile, const std::string& keyfile,
                         const KeyPassword& password);
    void load_verify_locations(const std::string& cafile, const std::string& capath,
                               const std::string& cadata);
    void load_default_certs();
    void set_verify_mode(VerifyMode mode);
    void set_check_hostname(bool check);
    void set_alpn_protocols(const std::vector<std::string>& protocols);
    void set_minimum_version(TLSVersion version);
    void set_maximum_version(TLSVersion version);
    void set_ciphers(const std::string& ciphers);
    void set_options(SSLOptions options);
    [[nodiscard]] SSLOptions options() const noexcept;

    [[nodiscard]] SSL_CTX* get() const noexcept { return context_.get(); }
    [[nodiscard]] VerifyMode verify_mode() const noexcept { return verify_mode_; }
    [[nodiscard]] bool check_hostname() const noexcept { return check_hostname_; }
    [[nodiscard]] TLSVersion minimum_version() const noexcept { return minimum_version_; }
    [[nodiscard]] TLSVersion maximum_version() const noexcept { return maximum_version_; }

    VerifyFlags verify_flags = VERIFY_DEFAULT;
    SSLContext::SNICallback sni_callback;
    std::chrono::nanoseconds handshake_timeout = std::chrono::seconds{60};
    std::chrono::nanoseconds shutdown_timeout = std::chrono::seconds{30};

private:
    void trust(const Authorities& authorities, const std::string& name);

    static int choose_alpn(SSL* session, const unsigned char** chosen, unsigned char* length,
                           const unsigned char* offered, unsigned offered_length, void* self);

    ContextHandle context_;
    bool is_server_;
    bool check_hostname_;
    VerifyMode verify_mode_;
    TLSVersion minimum_version_ = TLSVersion::TLSv1_2;
    TLSVersion maximum_version_ = TLSVersion::TLSv1_3;
    std::string alpn_;  // As on the wire: each name with its length in front.
};

}  // namespace asyncio::detail
