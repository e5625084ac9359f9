#include "tls/failure.hpp"

#include "tls/certificate.hpp"

#include <asyncio/ssl.hpp>

#include <algorithm>
#include <cctype>
#include <openssl/err.h>
#include <openssl/sslerr.h>

namespace asyncio::detail {
namespace {

std::string quoted(const std::string& name) { return "'" + name + "'"; }

std::string names_of(const X509* certificate)
{
    std::string text;
    for (const std::string& name : alternative_names(certificate)) {
        text += (text.empty() ? "" : ", ") + quoted(name.substr(name.find(':') + 1));
    }
    return text.empty() ? "(no name)" : text;
}

std::string to_revocation_date(X509_CRL* revocations, X509* certificate)
{
    X509_REVOKED* entry = nullptr;
    if (X509_CRL_get0_by_cert(revocations, &entry, certificate) == 0) {
        return "";
    }
    return " on " + to_date(X509_REVOKED_get0_revocationDate(entry));
}

/// Why nobody knows whether a certificate is revoked.
std::string explain_unchecked(int code, const X509_CRL* revocations, const std::string& issuer)
{
    const std::string unchecked = " cannot be checked: ";
    const std::string list = "revocation list of " + issuer;
    switch (code) {
        case X509_V_ERR_UNABLE_TO_GET_CRL:
            return unchecked + "there is no " + list + "; add it to those that are loaded";
        case X509_V_ERR_CRL_HAS_EXPIRED:
            return unchecked + "the " + list + " expired on " +
                   to_date(X509_CRL_get0_nextUpdate(revocations));
        default:
            return unchecked + "the " + list + " is not valid before " +
                   to_date(X509_CRL_get0_lastUpdate(revocations)) + "; is the clock right?";
    }
}

std::string explain(X509_STORE_CTX* verification, const std::string& wanted)
{
    const int code = X509_STORE_CTX_get_error(verification);
    X509* const certificate = X509_STORE_CTX_get_current_cert(verification);
    if (certificate == nullptr) {
        return X509_verify_cert_error_string(code);
    }
    const std::string which = "certificate of " + quoted(short_name(certificate));
    const std::string issuer = quoted(short_name(X509_get_issuer_name(certificate)));
    X509_CRL* const revocations = X509_STORE_CTX_get0_current_crl(verification);
    switch (code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return which + " expired on " + to_date(X509_get0_notAfter(certificate));
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return which + " is not valid before " + to_date(X509_get0_notBefore(certificate)) +
                   "; is the clock right?";
        case X509_V_ERR_CERT_REVOKED:
            return which + " was revoked" + to_revocation_date(revocations, certificate);
        case X509_V_ERR_UNABLE_TO_GET_CRL:
        case X509_V_ERR_CRL_HAS_EXPIRED:
        case X509_V_ERR_CRL_NOT_YET_VALID:
            return which + explain_unchecked(code, revocations, issuer);
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return which + " is signed only by itself";
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return which + " is signed by an unknown authority " + issuer;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "host name " + quoted(wanted) + " does not match " + names_of(certificate);
        default: return which + ": " + X509_verify_cert_error_string(code);
    }
}

bool is_refusal(int alert)
{
    switch (alert) {
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_REVOKED:
        case SSL_AD_CERTIFICATE_EXPIRED:
        case SSL_AD_CERTIFICATE_UNKNOWN:
        case SSL_AD_UNKNOWN_CA: return true;
        default: return false;
    }
}

/// What the peer means by a fatal alert, RFC 8446 section 6.2.
std::string explain_alert(int alert)
{
    const std::string name = SSL_alert_desc_string_long(alert);
    if (is_refusal(alert)) {
        return "the peer refused our certificate: " + name;
    }
    switch (alert) {
        case SSL_AD_CERTIFICATE_REQUIRED: return "the peer wants a certificate, and got none";
        case SSL_AD_PROTOCOL_VERSION: return "the peer speaks none of our versions of TLS";
        case SSL_AD_HANDSHAKE_FAILURE: return "the peer refused the handshake";
        case SSL_AD_UNRECOGNIZED_NAME: return "the peer does not know the server's name";
        default: return "the peer ended it with the alert '" + name + "'";
    }
}

/// What it may be that the peer dislikes in us: its alert hardly says it. Empty if nothing is
/// found.
std::string doubts(int alert, SSL* session)
{
    X509* const own = SSL_get_certificate(session);
    if (own == nullptr) {
        const unsigned char* kinds = nullptr;
        const bool is_asked = alert == SSL_AD_HANDSHAKE_FAILURE &&
                              SSL_get0_certificate_types(session, &kinds) > 0;  // With TLS 1.2.
        return is_asked ? "; it asked for a certificate, and got none" : "";
    }
    if (!is_refusal(alert)) {
        return "";
    }
    if (X509_cmp_current_time(X509_get0_notAfter(own)) < 0) {
        return "; it expired on " + to_date(X509_get0_notAfter(own));
    }
    if (X509_cmp_current_time(X509_get0_notBefore(own)) > 0) {
        return "; it is not valid before " + to_date(X509_get0_notBefore(own));
    }
    if (X509_self_signed(own, 0) == 1) {
        return "; it is signed only by itself";
    }
    if (SSL_is_server(session) == 0 || alert != SSL_AD_BAD_CERTIFICATE) {
        return "";
    }
    const char* const asked = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
    return "; it is for " + names_of(own) +
           (asked != nullptr ? ", and the peer asked for " + quoted(printable(asked)) : "");
}

}  // namespace

std::string reason_text(unsigned long error)
{
    const int reason = ERR_GET_REASON(error);
    if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
        if (reason >= SSL_AD_REASON_OFFSET) {
            return explain_alert(reason - SSL_AD_REASON_OFFSET);
        }
        switch (reason) {
            case SSL_R_HTTP_REQUEST:
            case SSL_R_HTTPS_PROXY_REQUEST: return "the peer sent a plain HTTP request";
            case SSL_R_WRONG_VERSION_NUMBER:
            case SSL_R_WRONG_SSL_VERSION:
            case SSL_R_PACKET_LENGTH_TOO_LONG:
            case SSL_R_BAD_RECORD_TYPE: return "the peer does not speak TLS";
            case SSL_R_UNSUPPORTED_PROTOCOL:
            case SSL_R_VERSION_TOO_LOW: return "the peer speaks none of our versions of TLS";
            case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return "the peer has no certificate";
            case SSL_R_NO_SHARED_CIPHER: return "the peer has no cipher in common with us";
            case SSL_R_NO_SUITABLE_GROUPS:
            case SSL_R_NO_SUITABLE_KEY_SHARE:
                return "the peer has no group for the keys in common with us";
            default: break;
        }
    }
    const char* const text = ERR_reason_error_string(error);
    return text != nullptr ? text : "TLS error";
}

std::string reason_name(unsigned long error)
{
    const char* const text = ERR_reason_error_string(error);
    std::string name = text != nullptr ? text : "";
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
        return c == ' ' ? '_' : static_cast<char>(std::toupper(c));
    });
    return name;
}

VerifyFailure::VerifyFailure(X509_STORE_CTX* verification, const std::string& wanted)
    : code{X509_STORE_CTX_get_error(verification)}, text{explain(verification, wanted)}
{
}

Failure last_failure(const VerifyFailure& verification, SSL* session)
{
    unsigned long error = ERR_peek_last_error();
#ifdef SSL_R_RECORD_LAYER_FAILURE  // From OpenSSL 3.2 on this stands for what came before it.
    if (ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_RECORD_LAYER_FAILURE) {
        error = ERR_peek_error();
    }
#endif
    ERR_clear_error();
    Failure failure;
    failure.reason = reason_name(error);
    if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
        ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED &&
        verification.code != X509_V_OK) {
        failure.kind = Failure::Kind::certificate;
        failure.text = verification.text;
        failure.verify_code = verification.code;
    } else {
        failure.kind = Failure::Kind::tls;
        failure.text = reason_text(error);
        const int alert = ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET;
        if (ERR_GET_LIB(error) == ERR_LIB_SSL && alert >= 0) {
            failure.text += doubts(alert, session);
        }
    }
    return failure;
}

void Failure::raise(const std::string& what) const
{
    const std::string message = "cannot " + what + ": " + text;
    switch (kind) {
        case Kind::callback: std::rethrow_exception(exception);
        case Kind::certificate:
            throw SSLCertVerificationError{message, verify_code,
                                           X509_verify_cert_error_string(verify_code)};
        case Kind::cut_off: throw SSLEOFError{message};
        case Kind::none:
        case Kind::tls: break;
    }
    throw SSLError{1, message, reason};
}

}  // namespace asyncio::detail
