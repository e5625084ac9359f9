#include "boardd/tls_files.hpp"

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
    load_for("certificate", [&config] {
        asyncio::SSLContext{asyncio::PROTOCOL_TLS_SERVER}.load_verify_locations(config.certificate);
    });
    load_for(config.key.empty() ? "certificate" : "key",
             [&] { context.load_cert_chain(config.certificate, config.key); });
    if (!config.client_ca.empty()) {
        load_for("client_ca", [&] { context.load_verify_locations(config.client_ca); });
        context.verify_mode(asyncio::CERT_REQUIRED);
    }
    if (!config.client_crl.empty()) {
        load_for("client_crl", [&] { context.load_verify_locations(config.client_crl); });
        context.verify_flags(asyncio::VERIFY_CRL_CHECK_LEAF);
    }
    return context;
}

}  // namespace boardd
