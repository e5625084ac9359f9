#include "tls/certificate.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <ctime>
#include <openssl/sha.h>
#include <utility>

namespace asyncio::detail {
namespace {

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

std::string_view view(const ASN1_STRING* text)
{
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

/// As in RFC 2253.
std::string full_name(const X509_NAME* name)
{
    const BioHandle bio{BIO_new(BIO_s_mem())};
    if (bio == nullptr || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) {
        return "";
    }
    char* text = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &text);
    return printable({text, static_cast<std::size_t>(length)});
}

std::string address(const ASN1_OCTET_STRING* bytes)
{
    const int length = ASN1_STRING_length(bytes);
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (length != 4 && length != 16) {
        return "?";
    }
    ::inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), text.data(),
                text.size());
    return text.data();
}

/// Empty for the kinds that do not matter.
std::string to_text(const GENERAL_NAME& name)
{
    switch (name.type) {
        case GEN_DNS: return "DNS:" + std::string{view(name.d.dNSName)};
        case GEN_EMAIL: return "email:" + std::string{view(name.d.rfc822Name)};
        case GEN_URI: return "URI:" + std::string{view(name.d.uniformResourceIdentifier)};
        case GEN_IPADD: return "IP:" + address(name.d.iPAddress);
        default: return "";
    }
}

std::string spki_sha256(const X509* certificate)
{
    unsigned char* encoded = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
    if (length < 0) {
        return "";
    }
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(encoded, static_cast<std::size_t>(length), digest.data());
    OPENSSL_free(encoded);
    std::string text;
    for (const unsigned char byte : digest) {
        constexpr std::string_view digits = "0123456789abcdef";
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

}  // namespace

std::string printable(std::string_view text)
{
    std::string result{text};
    std::replace_if(result.begin(), result.end(), is_control, '?');
    return result;
}

std::string short_name(const X509_NAME* name)
{
    const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at < 0) {
        return full_name(name);
    }
    return printable(view(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at))));
}

std::string short_name(const X509* certificate)
{
    std::string name = short_name(X509_get_subject_name(certificate));
    if (name.empty()) {
        const std::vector<std::string> others = alternative_names(certificate);
        if (!others.empty()) {
            name = others.front().substr(others.front().find(':') + 1);
        }
    }
    return name;
}

std::vector<std::string> alternative_names(const X509* certificate)
{
    std::vector<std::string> result;
    const NamesHandle names{static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    const int count = names != nullptr ? sk_GENERAL_NAME_num(names.get()) : 0;
    for (int i = 0; i < count; ++i) {
        std::string name = to_text(*sk_GENERAL_NAME_value(names.get(), i));
        // One with control characters is nobody's name, and must not look like another.
        if (!name.empty() && std::none_of(name.begin(), name.end(), is_control)) {
            result.push_back(std::move(name));
        }
    }
    return result;
}

std::chrono::sys_seconds to_time_point(const ASN1_TIME* time)
{
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) {
        return {};
    }
    return std::chrono::sys_seconds{std::chrono::seconds{::timegm(&parts)}};
}

std::string to_date(const ASN1_TIME* time)
{
    const std::chrono::year_month_day date{
        std::chrono::floor<std::chrono::days>(to_time_point(time))};
    std::array<char, 32> text{};
    (void)std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text.data();
}

PeerCertificate describe(const X509* certificate)
{
    PeerCertificate result;
    result.subject = full_name(X509_get_subject_name(certificate));
    result.issuer = full_name(X509_get_issuer_name(certificate));
    result.subject_alt_names = alternative_names(certificate);
    result.not_before = to_time_point(X509_get0_notBefore(certificate));
    result.not_after = to_time_point(X509_get0_notAfter(certificate));
    result.spki_sha256 = spki_sha256(certificate);
    return result;
}

std::string to_lines(const X509* certificate)
{
    const PeerCertificate parts = describe(certificate);
    std::string lines = "subject=" + parts.subject + "\nissuer=" + parts.issuer + "\n";
    for (const std::string& name : parts.subject_alt_names) {
        lines += "subjectAltName=" + name + "\n";
    }
    return lines + "notBefore=" + to_date(X509_get0_notBefore(certificate)) +
           "\nnotAfter=" + to_date(X509_get0_notAfter(certificate)) +
           "\nspki_sha256=" + parts.spki_sha256;
}

}  // namespace asyncio::detail
