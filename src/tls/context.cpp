#include "tls/context.hpp"

#include "tls/session.hpp"

#include <new>
#include <openssl/err.h>
#include <stdexcept>
#include <utility>

namespace asyncio::detail {
namespace {

static_assert(OP_ENABLE_KTLS == SSL_OP_ENABLE_KTLS);
static_assert(VERIFY_CRL_CHECK_LEAF == X509_V_FLAG_CRL_CHECK);
static_assert(VERIFY_CRL_CHECK_CHAIN == (X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL));
static_assert(VERIFY_X509_STRICT == X509_V_FLAG_X509_STRICT);
static_assert(VERIFY_X509_PARTIAL_CHAIN == X509_V_FLAG_PARTIAL_CHAIN);

int number_of(TLSVersion version)
{
    return version == TLSVersion::TLSv1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

/// How keys may be agreed on: not in finite fields, where the largest that a client can ask for
/// takes a server hundreds of times as long as a curve. Source: CVE-2002-20001.
void leave_out_finite_fields(SSL_CTX* context)
{
    ERR_clear_error();
    // OpenSSL's own choice but for them, which it can be told since 3.5.
    if (SSL_CTX_set1_groups_list(context, "DEFAULT:-ffdhe2048:-ffdhe3072") != 1 &&
        SSL_CTX_set1_groups_list(context, "X25519:P-256:X448:P-521:P-384") != 1) {
        throw_ssl_error("choose the groups of TLS");
    }
    ERR_clear_error();
}

ContextHandle make_context(bool is_server)
{
    ERR_clear_error();
    ContextHandle context{SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method())};
    if (context == nullptr) {
        throw_ssl_error("set up TLS");
    }
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // Without this, OpenSSL keeps each session for a resumption that SSL_OP_NO_TICKET rules out.
    SSL_CTX_set_num_tickets(context.get(), 0);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    leave_out_finite_fields(context.get());
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);  // Idle connections hold none.
    return context;
}

}  // namespace

TlsContext::TlsContext(SSLProtocol protocol)
    : context_{make_context(protocol == PROTOCOL_TLS_SERVER)},
      is_server_{protocol == PROTOCOL_TLS_SERVER}, check_hostname_{!is_server_},
      verify_mode_{is_server_ ? CERT_NONE : CERT_REQUIRED}
{
    set_minimum_version(minimum_version_);
    set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_alpn_select_cb(get(), &TlsContext::choose_alpn, this);
    SSL_CTX_set_tlsext_servername_callback(get(), &TlsSession::choose_context);
}

std::unique_ptr<StreamSecurity> TlsContext::new_session(const std::string& server_hostname) const
{
    if (is_server_ && SSL_CTX_get0_certificate(get()) == nullptr) {
        throw std::invalid_argument{
            "cannot serve with an SSLContext without a certificate: call load_cert_chain()"};
    }
    return std::make_unique<TlsSession>(shared_from_this(), server_hostname);
}

void TlsContext::load_cert_chain(const std::string& certfile, const std::string& keyfile,
                                 const KeyPassword& password)
{
    const std::string text = read_file("certificate", certfile);
    const std::vector<CertificateHandle> chain = read_certificates(text, certfile);
    const std::string& key_name = keyfile.empty() ? certfile : keyfile;
    const KeyHandle key =
        read_key(keyfile.empty() ? text : read_file("key", keyfile), key_name, password);
    if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
        throw_ssl_error("use key '" + key_name + "'",
                        "it does not belong to certificate '" + certfile + "'");
    }
    const std::unique_ptr<STACK_OF(X509), Free<[](STACK_OF(X509) * stack) { sk_X509_free(stack); }>>
        others{sk_X509_new_reserve(nullptr, static_cast<int>(chain.size()))};
    if (others == nullptr) {
        throw std::bad_alloc{};
    }
    for (std::size_t i = 1; i < chain.size(); ++i) {
        sk_X509_push(others.get(), chain[i].get());  // There is room.
    }
    if (SSL_CTX_use_cert_and_key(get(), chain.front().get(), key.get(), others.get(), 1) != 1) {
        throw_ssl_error("use certificate '" + certfile + "'");
    }
}

void TlsContext::load_verify_locations(const std::string& cafile, const std::string& capath,
                                       const std::string& cadata)
{
    if (cafile.empty() && capath.empty() && cadata.empty()) {
        throw std::invalid_argument{"load_verify_locations needs a file, a folder or a text"};
    }
    // All is read before any of it is trusted.
    Authorities of_file;
    Authorities of_data;
    if (!cafile.empty()) {
        of_file = read_authorities(read_file("certificate", cafile), cafile, false);
    }
    if (!cadata.empty()) {
        of_data = read_authorities(cadata, "cadata", true);
    }
    ERR_clear_error();
    if (!capath.empty() &&
        X509_STORE_load_path(SSL_CTX_get_cert_store(get()), capath.c_str()) != 1) {
        throw_ssl_error("load certificates from '" + capath + "'");
    }
    trust(of_file, cafile);
    trust(of_data, "cadata");
}

void TlsContext::trust(const Authorities& authorities, const std::string& name)
{
    ERR_clear_error();
    X509_STORE* const store = SSL_CTX_get_cert_store(get());
    for (const CertificateHandle& certificate : authorities.certificates) {
        if (X509_STORE_add_cert(store, certificate.get()) != 1) {
            throw_ssl_error("load certificate '" + name + "'");
        }
    }
    for (const RevocationsHandle& revocations : authorities.revocations) {
        if (X509_STORE_add_crl(store, revocations.get()) != 1) {
            throw_ssl_error("load revocation list '" + name + "'");
        }
    }
}

void TlsContext::load_default_certs()
{
    ERR_clear_error();
    if (SSL_CTX_set_default_verify_paths(get()) != 1) {
        throw_ssl_error("load the system's certificates");
    }
    ERR_clear_error();  // A file that is missing is none.
}

void TlsContext::set_verify_mode(VerifyMode mode)
{
    if (mode == CERT_NONE && check_hostname_) {
        throw std::invalid_argument{"cannot set CERT_NONE while check_hostname is on"};
    }
    verify_mode_ = mode;
}

void TlsContext::set_check_hostname(bool check)
{
    if (check && is_server_) {
        throw std::invalid_argument{"check_hostname is for PROTOCOL_TLS_CLIENT"};
    }
    check_hostname_ = check;
    if (check && verify_mode_ == CERT_NONE) {
        verify_mode_ = CERT_REQUIRED;
    }
}

void TlsContext::set_alpn_protocols(const std::vector<std::string>& protocols)
{
    std::string alpn;
    for (const std::string& name : protocols) {
        if (name.empty() || name.size() > 255) {
            throw std::invalid_argument{"ALPN protocol '" + name + "': expected 1 to 255 bytes"};
        }
        alpn += static_cast<char>(static_cast<unsigned char>(name.size()));
        alpn += name;
    }
    if (alpn.size() > 65535 ||
        SSL_CTX_set_alpn_protos(get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                                static_cast<unsigned>(alpn.size())) != 0) {
        throw std::invalid_argument{"the ALPN protocols are longer than 65535 bytes"};
    }
    alpn_ = std::move(alpn);
}

int TlsContext::choose_alpn(SSL*, const unsigned char** chosen, unsigned char* length,
                            const unsigned char* offered, unsigned offered_length, void* self)
{
    const std::string& ours = static_cast<const TlsContext*>(self)->alpn_;
    unsigned char* found = nullptr;
    const int result =
        SSL_select_next_proto(&found, length, reinterpret_cast<const unsigned char*>(ours.data()),
                              static_cast<unsigned>(ours.size()), offered, offered_length);
    if (ours.empty() || result != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

void TlsContext::set_minimum_version(TLSVersion version)
{
    minimum_version_ = version;
    SSL_CTX_set_min_proto_version(get(), number_of(version));
}

void TlsContext::set_maximum_version(TLSVersion version)
{
    maximum_version_ = version;
    SSL_CTX_set_max_proto_version(get(), number_of(version));
}

void TlsContext::set_ciphers(const std::string& ciphers)
{
    ERR_clear_error();
    if (SSL_CTX_set_cipher_list(get(), ciphers.c_str()) != 1) {
        throw_ssl_error("set ciphers '" + ciphers + "'");
    }
}

void TlsContext::set_options(SSLOptions options)
{
    if ((options & ~static_cast<std::uint64_t>(OP_ENABLE_KTLS)) != 0) {
        throw std::invalid_argument{"options: expected OP_ENABLE_KTLS or none"};
    }
    SSL_CTX_clear_options(get(), OP_ENABLE_KTLS);
    SSL_CTX_set_options(get(), options);
}

SSLOptions TlsContext::options() const noexcept
{
    return static_cast<SSLOptions>(SSL_CTX_get_options(get()) & OP_ENABLE_KTLS);
}

}  // namespace asyncio::detail
