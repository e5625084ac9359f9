#include <asyncio/ssl.hpp>

#include "net/stream_state.hpp"
#include "tls/certificate.hpp"
#include "tls/context.hpp"
#include "tls/session.hpp"

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace asyncio {
namespace {

class SslCategory final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "ssl"; }
    [[nodiscard]] std::string message(int code) const override
    {
        return code == cut_off ? "connection ended without close_notify" : "TLS error";
    }

    static constexpr int cut_off = 8;
};

/// Where the system's authorities are, and as of when.
std::string system_authorities()
{
    const char* const file = std::getenv(X509_get_default_cert_file_env());
    const char* const folder = std::getenv(X509_get_default_cert_dir_env());
    const std::string path = file != nullptr ? file : X509_get_default_cert_file();
    std::error_code ignored;  // A file that is missing has a time too.
    const auto time = std::filesystem::last_write_time(path, ignored).time_since_epoch().count();
    return path + " " + std::to_string(time) + " " + (folder != nullptr ? folder : "");
}

std::chrono::nanoseconds checked(const detail::TimeLimit& limit, const char* what)
{
    if (!limit.get() || *limit.get() <= std::chrono::nanoseconds{0}) {
        throw std::invalid_argument{std::string{what} + ": expected a time above 0"};
    }
    return *limit.get();
}

}  // namespace

const std::error_category& ssl_category() noexcept
{
    static const SslCategory category;
    return category;
}

SSLError::SSLError(int code, const std::string& message, std::string why)
    : OSError{std::error_code{code, ssl_category()}, message}, reason{std::move(why)},
      message_{message}
{
}

SSLCertVerificationError::SSLCertVerificationError(const std::string& message, int code,
                                                   std::string text)
    : SSLError{1, message, "CERTIFICATE_VERIFY_FAILED"}, verify_code{code},
      verify_message{std::move(text)}
{
}

SSLEOFError::SSLEOFError(const std::string& message)
    : SSLError{SslCategory::cut_off, message, "UNEXPECTED_EOF_WHILE_READING"}
{
}

SSLContext::SSLContext(SSLProtocol protocol)
    : context_{std::make_shared<detail::TlsContext>(protocol)}
{
}

void SSLContext::load_cert_chain(const std::string& certfile, const std::string& keyfile,
                                 const detail::KeyPassword& password)
{
    context_->load_cert_chain(certfile, keyfile, password);
}

void SSLContext::load_verify_locations(const std::string& cafile, const std::string& capath,
                                       const std::string& cadata)
{
    context_->load_verify_locations(cafile, capath, cadata);
}

void SSLContext::load_default_certs() { context_->load_default_certs(); }

VerifyMode SSLContext::verify_mode() const noexcept { return context_->verify_mode(); }

void SSLContext::verify_mode(VerifyMode mode) { context_->set_verify_mode(mode); }

VerifyFlags SSLContext::verify_flags() const noexcept { return context_->verify_flags; }

void SSLContext::verify_flags(VerifyFlags flags) { context_->verify_flags = flags; }

bool SSLContext::check_hostname() const noexcept { return context_->check_hostname(); }

void SSLContext::check_hostname(bool check) { context_->set_check_hostname(check); }

void SSLContext::set_alpn_protocols(const std::vector<std::string>& protocols)
{
    context_->set_alpn_protocols(protocols);
}

TLSVersion SSLContext::minimum_version() const noexcept { return context_->minimum_version(); }

void SSLContext::minimum_version(TLSVersion version) { context_->set_minimum_version(version); }

TLSVersion SSLContext::maximum_version() const noexcept { return context_->maximum_version(); }

void SSLContext::maximum_version(TLSVersion version) { context_->set_maximum_version(version); }

void SSLContext::set_ciphers(const std::string& ciphers) { context_->set_ciphers(ciphers); }

SSLOptions SSLContext::options() const noexcept { return context_->options(); }

void SSLContext::options(SSLOptions options) { context_->set_options(options); }

void SSLContext::set_sni_callback(SNICallback callback)
{
    context_->sni_callback = std::move(callback);
}

std::chrono::nanoseconds SSLContext::handshake_timeout() const noexcept
{
    return context_->handshake_timeout;
}

void SSLContext::handshake_timeout(detail::TimeLimit limit)
{
    context_->handshake_timeout = checked(limit, "handshake_timeout");
}

std::chrono::nanoseconds SSLContext::shutdown_timeout() const noexcept
{
    return context_->shutdown_timeout;
}

void SSLContext::shutdown_timeout(detail::TimeLimit limit)
{
    context_->shutdown_timeout = checked(limit, "shutdown_timeout");
}

SSLContext::operator detail::SSLOption() const
{
    return std::shared_ptr<const detail::SecurityContext>{context_};
}

SSLContext create_default_context()
{
    SSLContext context{PROTOCOL_TLS_CLIENT};
    context.load_default_certs();
    return context;
}

namespace detail {

// Reading some 140 certificates takes 25 ms and more, so they are read again only when their file,
// or what is said about it in the environment, has changed.
std::shared_ptr<const SecurityContext> default_security()
{
    static std::mutex mutex;
    static std::shared_ptr<const SecurityContext> shared;
    static std::string source;
    const std::lock_guard<std::mutex> lock{mutex};
    std::string source_now = system_authorities();
    if (shared == nullptr || source != source_now) {
        shared = create_default_context().context();
        source = std::move(source_now);
    }
    return shared;
}

}  // namespace detail

std::optional<PeerCertificate> getpeercert(const Stream& stream)
{
    const auto* session = dynamic_cast<const detail::TlsSession*>(stream.state().security());
    if (session == nullptr) {
        return std::nullopt;
    }
    const detail::CertificateHandle certificate = session->peer_certificate();
    if (certificate == nullptr) {
        return std::nullopt;
    }
    return detail::describe(certificate.get());
}

}  // namespace asyncio
