#include "boardd/pem_file.hpp"

#include "boardd/text_file.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/ssl.hpp>

#include <algorithm>
#include <string_view>

namespace boardd {
namespace {

std::string name_of(PemKind kind)
{
    return kind == PemKind::certificate ? "certificate" : "revocation list";
}

std::string read_text(PemKind kind, const std::string& file)
{
    try {
        return read_file(file);
    } catch (const asyncio::OSError& error) {
        throw asyncio::OSError{error.code(), "cannot load " + name_of(kind) + " '" + file + '\''};
    }
}

}  // namespace

std::string read_pem(PemKind kind, const std::string& file)
{
    constexpr std::string_view begin = "-----BEGIN ";
    constexpr std::string_view end = "-----END ";
    const std::string text = read_text(kind, file);
    std::string blocks;
    std::size_t next = 0;
    for (std::size_t at = text.find(begin); at != text.npos; at = text.find(begin, next)) {
        next = std::min(text.find('\n', text.find(end, at)), text.size());
        std::string_view label = std::string_view{text}.substr(at + begin.size());
        label = label.substr(0, label.find("-----"));
        // There is also an "X509 CERTIFICATE", of old.
        if (kind == PemKind::certificate ? label.ends_with("CERTIFICATE") : label == "X509 CRL") {
            blocks += text.substr(at, next - at) + '\n';
        }
    }
    if (blocks.empty()) {
        throw asyncio::SSLError{1,
                                "cannot load " + name_of(kind) + " '" + file +
                                    "': there is no PEM " + name_of(kind) + " in it",
                                ""};
    }
    // On its own first, so that the message names the file if a block is spoilt.
    asyncio::SSLContext{asyncio::PROTOCOL_TLS_SERVER}.load_verify_locations(file);
    return blocks;
}

}  // namespace boardd
