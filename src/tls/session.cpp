#include "tls/session.hpp"

#include "tls/certificate.hpp"
#include "tls/pem.hpp"

#include <array>
#include <cassert>
#include <exception>
#include <new>
#include <openssl/err.h>
#include <stdexcept>
#include <utility>

namespace asyncio::detail {

TlsSession::TlsSession(std::shared_ptr<const TlsContext> chosen, const std::string& hostname)
    : context_{std::move(chosen)}, session_{SSL_new(context_->get())}
{
    if (session_ == nullptr) {
        throw_ssl_error("begin a TLS session");
    }
    BIO* bio = wire_.make_bio().release();
    SSL_set_bio(session_.get(), bio, bio);  // Owns it.
    SSL_set_app_data(session_.get(), this);
    adopt(context_);
    if (context_->is_server()) {
        SSL_set_accept_state(session_.get());
    } else {
        SSL_set_connect_state(session_.get());
        name_server(hostname);
    }
}

/// What the context asks of the peer.
void TlsSession::adopt(std::shared_ptr<const TlsContext> chosen)
{
    constexpr std::array<int, 3> modes{SSL_VERIFY_NONE, SSL_VERIFY_PEER,
                                       SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT};
    X509_VERIFY_PARAM* checks = SSL_get0_param(session_.get());
    X509_VERIFY_PARAM_clear_flags(checks, X509_VERIFY_PARAM_get_flags(checks));
    X509_VERIFY_PARAM_set_flags(checks, chosen->verify_flags);
    SSL_set_verify(session_.get(), modes.at(chosen->verify_mode()), &TlsSession::note_verification);
    context_ = std::move(chosen);
}

/// The name that the server is asked for, and that its certificate must have.
void TlsSession::name_server(const std::string& hostname)
{
    std::string name = hostname.substr(0, hostname.find('%'));  // fe80::1%eth0
    if (name.ends_with('.')) {
        name.pop_back();
    }
    if (name.find('\0') != name.npos || (name.empty() && context_->check_hostname())) {
        throw std::invalid_argument{"cannot check the host name '" + hostname +
                                    "': give server_hostname, or switch check_hostname off"};
    }
    server_hostname_ = name;
    if (name.empty()) {
        return;
    }
    X509_VERIFY_PARAM* wanted = SSL_get0_param(session_.get());
    ERR_clear_error();
    const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) == 1;
    if (!context_->check_hostname()) {
        X509_VERIFY_PARAM_set1_ip(wanted, nullptr, 0);
    } else if (!is_address) {
        X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                                    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        if (X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size()) != 1) {
            throw_ssl_error("check the host name '" + hostname + "'");
        }
    }
    ERR_clear_error();
    if (!is_address && SSL_set_tlsext_host_name(session_.get(), name.c_str()) != 1) {
        throw std::invalid_argument{"cannot ask for the host name '" + hostname +
                                    "': it is too long"};
    }
}

TlsSession& TlsSession::of(const SSL* session) noexcept
{
    return *static_cast<TlsSession*>(SSL_get_app_data(session));
}

int TlsSession::note_verification(int is_valid, X509_STORE_CTX* verification) noexcept
{
    if (is_valid == 0) {
        const void* session =
            X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx());
        TlsSession& self = of(static_cast<const SSL*>(session));
        try {
            self.verification_ = VerifyFailure{verification, self.server_hostname_};
        } catch (const std::exception&) {
            // Without memory for the words, it is refused without them.
        }
    }
    return is_valid;
}

int TlsSession::choose_context(SSL* session, int* alert, void*) noexcept
{
    TlsSession& self = of(session);
    const SSLContext::SNICallback& callback = self.context_->sni_callback;
    if (!self.context_->is_server() || !callback) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    try {
        const char* const name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
        const std::optional<SSLContext> other = callback(name != nullptr ? name : "");
        if (other) {
            if (!other->context()->is_server()) {
                throw std::invalid_argument{"the SNI callback gave a client's context"};
            }
            if (SSL_set_SSL_CTX(session, other->context()->get()) == nullptr) {
                throw std::bad_alloc{};
            }
            self.adopt(other->context());
        }
        return SSL_TLSEXT_ERR_OK;
    } catch (...) {
        self.failure_.kind = Failure::Kind::callback;
        self.failure_.exception = std::current_exception();
        *alert = SSL_AD_UNRECOGNIZED_NAME;
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
}

void TlsSession::start(std::string& out) noexcept
{
    const Wire::Use use{wire_, {}, out};
    shake_hands();
}

void TlsSession::shake_hands() noexcept
{
    ERR_clear_error();
    const int result = SSL_do_handshake(session_.get());
    if (result == 1) {
        established_ = true;
    } else if (SSL_get_error(session_.get(), result) != SSL_ERROR_WANT_READ) {
        fail();
    }
}

void TlsSession::receive(std::span<const std::byte> bytes, ByteQueue& plain,
                         std::string& out) noexcept
{
    if (failed_ || ended_) {
        return;
    }
    const Wire::Use use{wire_, bytes, out};
    if (!established_) {
        shake_hands();
    }
    const std::size_t before = out.size();
    if (established_) {
        read(plain);
    }
    answered_ += out.size() - before;
    if (answered_ > most_answers && !failed_) {
        fail(Failure::Kind::tls, "the peer asks for too many answers");
    }
}

void TlsSession::read(ByteQueue& plain) noexcept
{
    std::array<std::byte, SSL3_RT_MAX_PLAIN_LENGTH> record;
    // Only to hear that it wants more, OpenSSL would get itself a buffer.
    while (!wire_.is_read() || SSL_has_pending(session_.get()) == 1) {
        std::size_t count = 0;
        ERR_clear_error();
        const int result = SSL_read_ex(session_.get(), record.data(), record.size(), &count);
        if (result != 1) {
            const int error = SSL_get_error(session_.get(), result);
            if (error == SSL_ERROR_ZERO_RETURN) {
                ended_ = true;
            } else if (error != SSL_ERROR_WANT_READ) {
                fail();
            }
            return;
        }
        try {
            plain.append(std::span{record}.first(count));
        } catch (const std::exception&) {
            // There is a hole now: nothing behind it may be read.
            fail(Failure::Kind::tls, "out of memory");
            return;
        }
    }
}

void TlsSession::connection_ended() noexcept
{
    if (!failed_ && !ended_) {
        fail(Failure::Kind::cut_off,
             established_ ? "the connection ended without close_notify: something may be missing"
                          : "the peer closed the connection during the handshake");
    }
}

bool TlsSession::write(std::span<const std::byte> plain, std::string& out) noexcept
{
    assert(established_);
    if (!failed_ && !plain.empty()) {
        const Wire::Use use{wire_, {}, out};
        std::size_t count = 0;
        ERR_clear_error();
        if (SSL_write_ex(session_.get(), plain.data(), plain.size(), &count) != 1) {
            fail();
        }
    }
    return !failed_;
}

void TlsSession::end(std::string& out) noexcept
{
    if (established_ && !failed_) {
        const Wire::Use use{wire_, {}, out};
        ERR_clear_error();
        (void)SSL_shutdown(session_.get());
        ERR_clear_error();
    }
}

void TlsSession::fail() noexcept
{
    failed_ = true;
    try {
        if (wire_.out_of_memory()) {
            fail(Failure::Kind::tls, "out of memory");
        } else if (wire_.new_keys_refused()) {
            fail(Failure::Kind::tls, "the peer asks for new keys, which the kernel cannot take");
        } else if (failure_.kind != Failure::Kind::callback) {
            failure_ = last_failure(verification_, session_.get());
        }
    } catch (const std::exception&) {
        // The words are missing, the failure is not.
    }
    ERR_clear_error();
}

void TlsSession::fail(Failure::Kind kind, const char* text) noexcept
{
    failed_ = true;
    failure_.kind = kind;
    try {
        failure_.text = text;
    } catch (const std::exception&) {
        // The same.
    }
}

void TlsSession::throw_error(const std::string& what) const { failure_.raise(what); }

CertificateHandle TlsSession::peer_certificate() const
{
    const bool is_verified = established_ && context_->verify_mode() != CERT_NONE &&
                             SSL_get_verify_result(session_.get()) == X509_V_OK;
    return CertificateHandle{is_verified ? SSL_get1_peer_certificate(session_.get()) : nullptr};
}

std::optional<std::string> TlsSession::info(std::string_view key) const
{
    if (!established_) {
        return std::nullopt;
    }
    if (key == "version") {
        return SSL_get_version(session_.get());
    }
    if (key == "cipher") {
        return SSL_get_cipher_name(session_.get());
    }
    if (key == "ktls") {
        return wire_.kernel_sends() ? std::optional<std::string>{"send"} : std::nullopt;
    }
    if (key == "alpn") {
        const unsigned char* name = nullptr;
        unsigned length = 0;
        SSL_get0_alpn_selected(session_.get(), &name, &length);
        if (length > 0) {
            return std::string{reinterpret_cast<const char*>(name), length};
        }
    } else if (key == "peercert") {
        const CertificateHandle certificate = peer_certificate();
        if (certificate != nullptr) {
            return to_lines(certificate.get());
        }
    }
    return std::nullopt;
}

}  // namespace asyncio::detail
