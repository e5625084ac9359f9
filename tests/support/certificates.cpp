#include "support/certificates.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace asyncio::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Revocations = std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

void require(bool is_done, const char* what)
{
    if (!is_done) {
        throw std::runtime_error{what};
    }
}

Key make_key() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

std::string text_in(BIO* memory)
{
    char* data = nullptr;
    const long length = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(length)};
}

std::string to_pem(X509* certificate)
{
    const Memory memory{BIO_new(BIO_s_mem()), &BIO_free};
    require(PEM_write_bio_X509(memory.get(), certificate) == 1, "write a certificate");
    return text_in(memory.get());
}

std::string to_pem(X509_CRL* revocations)
{
    const Memory memory{BIO_new(BIO_s_mem()), &BIO_free};
    require(PEM_write_bio_X509_CRL(memory.get(), revocations) == 1, "write a revocation list");
    return text_in(memory.get());
}

std::string to_pem(EVP_PKEY* key, const std::string& password = {})
{
    const Memory memory{BIO_new(BIO_s_mem()), &BIO_free};
    const auto* bytes = reinterpret_cast<const unsigned char*>(password.data());
    const EVP_CIPHER* cipher = password.empty() ? nullptr : EVP_aes_256_cbc();
    require(PEM_write_bio_PrivateKey(memory.get(), key, cipher, password.empty() ? nullptr : bytes,
                                     static_cast<int>(password.size()), nullptr, nullptr) == 1,
            "write a key");
    return text_in(memory.get());
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value)
{
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    require(extension != nullptr, "make an extension");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

Certificate make_certificate(const std::string& name, EVP_PKEY* key, int from_day, int to_day,
                             int serial)
{
    Certificate certificate{X509_new(), &X509_free};
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
    X509_time_adj_ex(X509_getm_notBefore(certificate.get()), from_day, 0, nullptr);
    X509_time_adj_ex(X509_getm_notAfter(certificate.get()), to_day, 0, nullptr);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return certificate;
}

}  // namespace

class Authority::Keys {
public:
    Key key = make_key();
    Certificate certificate{nullptr, &X509_free};
    Revocations revocations{X509_CRL_new(), &X509_CRL_free};
};

Authority::Authority(const std::string& name) : keys_{std::make_unique<Keys>()}
{
    keys_->certificate = make_certificate(name, keys_->key.get(), -10'000, 3650, 1);
    sign_own(*this);
}

Authority::Authority(const std::string& name, Authority& above)
    : keys_{std::make_unique<Keys>()}, is_root_{false}
{
    keys_->certificate =
        make_certificate(name, keys_->key.get(), -10'000, 3650, ++above.issued_ + 1);
    sign_own(above);
}

void Authority::sign_own(Authority& above)
{
    X509* own = keys_->certificate.get();
    X509* issuer = above.keys_->certificate.get();
    X509_set_issuer_name(own, X509_get_subject_name(issuer));
    add_extension(own, issuer, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(own, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(own, issuer, NID_subject_key_identifier, "hash");
    if (!is_root_) {
        add_extension(own, issuer, NID_authority_key_identifier, "keyid:always");
    }
    require(X509_sign(own, above.keys_->key.get(), EVP_sha256()) > 0, "sign");
    certificate_ = folder_.write("ca.pem", to_pem(own));
    X509_CRL_set_version(keys_->revocations.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(keys_->revocations.get(), X509_get_subject_name(own));
}

Authority::~Authority() = default;

Identity Authority::issue(const Wanted& wanted)
{
    const Key key = make_key();
    const Certificate certificate =
        make_certificate(wanted.name, key.get(), wanted.from_day, wanted.to_day, ++issued_ + 1);
    X509* own = certificate.get();
    X509* issuer = wanted.is_self_signed ? own : keys_->certificate.get();
    X509_set_issuer_name(own, X509_get_subject_name(issuer));
    std::string names;
    for (const std::string& name : wanted.alternative_names) {
        names += (names.empty() ? "" : ",") + name;
    }
    add_extension(own, issuer, NID_subject_alt_name, names.empty() ? "DNS:" + wanted.name : names);
    if (!wanted.is_self_signed && !wanted.is_vague) {
        add_extension(own, issuer, NID_authority_key_identifier, "keyid:always");
    }
    require(X509_sign(own, wanted.is_self_signed ? key.get() : keys_->key.get(), EVP_sha256()) > 0,
            "sign");
    const std::string base = "identity" + std::to_string(issued_);
    return {folder_.write(base + ".pem", to_pem(own) + (is_root_ ? "" : text_of(certificate_))),
            folder_.write(base + ".key", to_pem(key.get()))};
}

void Authority::revoke(const std::string& certificate_file, int day)
{
    const std::string text = text_of(certificate_file);
    const Memory memory{BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
    const Certificate certificate{PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr),
                                  &X509_free};
    require(certificate != nullptr, "read a certificate");
    const std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)> date{
        X509_time_adj_ex(nullptr, day, 0, nullptr), &ASN1_TIME_free};
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.get()));
    X509_REVOKED_set_revocationDate(entry, date.get());
    require(X509_CRL_add0_revoked(keys_->revocations.get(), entry) == 1, "revoke");
}

std::string Authority::revocation_list(int from_day, int to_day)
{
    X509_CRL* list = keys_->revocations.get();
    const auto set = [list](int (*setter)(X509_CRL*, const ASN1_TIME*), int day) {
        ASN1_TIME* date = X509_time_adj_ex(nullptr, day, 0, nullptr);
        setter(list, date);
        ASN1_TIME_free(date);
    };
    set(&X509_CRL_set1_lastUpdate, from_day);
    set(&X509_CRL_set1_nextUpdate, to_day);
    X509_CRL_sort(list);
    require(X509_CRL_sign(list, keys_->key.get(), EVP_sha256()) > 0, "sign");
    return folder_.write("revoked" + std::to_string(++issued_) + ".pem", to_pem(list));
}

std::string Authority::encrypted_key(const Identity& identity, const std::string& password)
{
    const std::string text = text_of(identity.key);
    const Memory memory{BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
    const Key key{PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free};
    return folder_.write("encrypted" + std::to_string(++issued_) + ".key",
                         to_pem(key.get(), password));
}

Authority& test_authority()
{
    static Authority authority{"Test CA"};
    return authority;
}

Authority& other_authority()
{
    static Authority authority{"Other CA"};
    return authority;
}

const Identity& localhost_identity()
{
    static const Identity identity = test_authority().issue(
        Wanted{"localhost"}.names({"DNS:localhost", "IP:127.0.0.1", "IP:::1"}));
    return identity;
}

std::string text_of(const std::string& path)
{
    const std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

}  // namespace asyncio::test
