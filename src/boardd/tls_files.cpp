#include "boardd/tls_files.hpp"

#include "boardd/pem_file.hpp"

#include <asyncio/errors.hpp>

#include <chrono>
#include <system_error>

namespace boardd {
namespace {

// With a client that does not say that it has heard the end.
constexpr std::chrono::seconds farewell_limit{5};

std::string cure(const asyncio::OSError& error)
{
    return error.code() == std::errc::permission_denied
               ? "; the user that boardd runs as must be able to read it, see boardd(8)"
               : "";
}

/// Does what loads a file, and says which key of the configuration it was if that fails.
template <typename Load>
void load_for(const char* key, Load load)
{
    try {
        load();
    } catch (const asyncio::OSError& error) {
        throw TlsFileError{key, error.what() + cure(error)};
    }
}

}  // namespace

asyncio::SSLContext load_tls(const TlsConfig& config)
{
    asyncio::SSLContext context{asyncio::PROTOCOL_TLS_SERVER};
    context.minimum_version(config.minimum_version);
    context.shutdown_timeout(farewell_limit);
    // On its own first, so that what is wrong then is the key.
    load_for("certificate",
             [&config] { (void)read_pem(PemKind::certificate, config.certificate); });
    load_for(config.key.empty() ? "certificate" : "key",
             [&] { context.load_cert_chain(config.certificate, config.key); });
    const auto trust = [&context](const char* key, PemKind kind, const std::string& file) {
        load_for(key, [&] { context.load_verify_locations("", "", read_pem(kind, file)); });
    };
    if (!config.client_ca.empty()) {
        trust("client_ca", PemKind::certificate, config.client_ca);
        context.verify_mode(asyncio::CERT_REQUIRED);
    }
    if (!config.client_crl.empty()) {
        trust("client_crl", PemKind::revocation_list, config.client_crl);
        context.verify_flags(asyncio::VERIFY_CRL_CHECK_CHAIN);
    }
    return context;
}

}  // namespace boardd
