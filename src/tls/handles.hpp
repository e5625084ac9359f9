#pragma once

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace asyncio::detail {

/// Owners of OpenSSL's objects.
template <auto free>
class Free {
public:
    template <typename T>
    void operator()(T* object) const noexcept
    {
        free(object);
    }
};

using BioHandle = std::unique_ptr<BIO, Free<&BIO_free>>;
using CertificateHandle = std::unique_ptr<X509, Free<&X509_free>>;
using ContextHandle = std::unique_ptr<SSL_CTX, Free<&SSL_CTX_free>>;
using KeyHandle = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
using RevocationsHandle = std::unique_ptr<X509_CRL, Free<&X509_CRL_free>>;
using SessionHandle = std::unique_ptr<SSL, Free<&SSL_free>>;
using NamesHandle = std::unique_ptr<GENERAL_NAMES, Free<&GENERAL_NAMES_free>>;

}  // namespace asyncio::detail
