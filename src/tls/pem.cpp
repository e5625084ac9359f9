#include "tls/pem.hpp"

#include "tls/failure.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <utility>

namespace asyncio::detail {
namespace {

BioHandle reader_of(const std::string& text)
{
    const auto length = static_cast<int>(std::min<std::size_t>(text.size(), INT_MAX));
    BioHandle bio{BIO_new_mem_buf(text.data(), length)};
    if (bio == nullptr) {
        throw std::bad_alloc{};
    }
    return bio;
}

CertificateHandle read_der(const std::string& text)
{
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    const unsigned char* end = bytes;
    CertificateHandle certificate{d2i_X509(nullptr, &end, static_cast<long>(text.size()))};
    return end == bytes + text.size() ? std::move(certificate) : nullptr;
}

/// Everything of one kind that a PEM text has; the rest of it is passed over. `what` is for
/// messages.
template <typename Handle, typename Read>
std::vector<Handle> read_all(Read* read, const std::string& text, const std::string& what,
                             const std::string& name)
{
    ERR_clear_error();
    std::vector<Handle> all;
    const BioHandle reader = reader_of(text);
    while (Handle next{read(reader.get(), nullptr, nullptr, nullptr)}) {
        all.push_back(std::move(next));
    }
    const unsigned long error = ERR_peek_last_error();
    const bool is_end =
        ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    if (!is_end) {
        throw_ssl_error("load " + what + " '" + name + "'");
    }
    ERR_clear_error();
    return all;
}

/// Asks for a password, once; C calls it.
class Question {
public:
    explicit Question(const KeyPassword& password) : password_{password} {}

    static int ask(char* buffer, int size, int, void* self) noexcept
    {
        return static_cast<Question*>(self)->answer(buffer, static_cast<std::size_t>(size));
    }

    [[nodiscard]] bool asked() const noexcept { return asked_; }
    /// What the function that gives the password threw.
    void rethrow() const
    {
        if (exception_ != nullptr) {
            std::rethrow_exception(exception_);
        }
    }

private:
    int answer(char* buffer, std::size_t size) noexcept
    {
        asked_ = true;
        try {
            if (password_.get()) {
                std::string password = password_.get()();
                const bool fits = password.size() <= size;
                if (fits) {
                    std::memcpy(buffer, password.data(), password.size());
                }
                OPENSSL_cleanse(password.data(), password.size());
                return fits ? static_cast<int>(password.size()) : -1;
            }
        } catch (...) {
            exception_ = std::current_exception();
        }
        return -1;  // Or OpenSSL would ask at the terminal.
    }

    const KeyPassword& password_;
    bool asked_ = false;
    std::exception_ptr exception_;
};

}  // namespace

void throw_ssl_error(const std::string& what, const std::string& why)
{
    const unsigned long last = ERR_peek_last_error();
    ERR_clear_error();
    const std::string reason = why.empty() ? reason_text(last) : why;
    throw SSLError{1, "cannot " + what + ": " + reason, reason_name(last)};
}

std::string read_file(const std::string& what, const std::string& path)
{
    std::string text;
    const std::unique_ptr<std::FILE, Free<&std::fclose>> file{std::fopen(path.c_str(), "rbe")};
    std::array<char, 4096> part{};
    std::size_t count = 0;
    do {
        count = file != nullptr ? std::fread(part.data(), 1, part.size(), file.get()) : 0;
        text.append(part.data(), count);
    } while (count > 0);
    if (file == nullptr || std::ferror(file.get()) != 0) {
        throw_errno(errno, "load " + what + " '" + path + "'");
    }
    return text;
}

std::vector<CertificateHandle> read_certificates(const std::string& text, const std::string& name)
{
    auto certificates = read_all<CertificateHandle>(&PEM_read_bio_X509, text, "certificate", name);
    if (certificates.empty()) {
        throw_ssl_error("load certificate '" + name + "'", "there is no PEM certificate in it");
    }
    return certificates;
}

Authorities read_authorities(const std::string& text, const std::string& name, bool may_be_der)
{
    Authorities authorities;
    authorities.certificates =
        read_all<CertificateHandle>(&PEM_read_bio_X509, text, "certificate", name);
    authorities.revocations =
        read_all<RevocationsHandle>(&PEM_read_bio_X509_CRL, text, "revocation list", name);
    const bool is_empty = authorities.certificates.empty() && authorities.revocations.empty();
    CertificateHandle only = is_empty && may_be_der ? read_der(text) : nullptr;
    if (only != nullptr) {
        authorities.certificates.push_back(std::move(only));
    } else if (is_empty) {
        throw_ssl_error("load certificate '" + name + "'", "there is no PEM certificate in it");
    }
    ERR_clear_error();
    return authorities;
}

KeyHandle read_key(const std::string& text, const std::string& name, const KeyPassword& password)
{
    ERR_clear_error();
    const BioHandle reader = reader_of(text);
    Question question{password};
    KeyHandle key{PEM_read_bio_PrivateKey(reader.get(), nullptr, &Question::ask, &question)};
    question.rethrow();
    if (key == nullptr) {
        const std::string what = "load key '" + name + "'";
        if (question.asked()) {
            throw_ssl_error(what, password.get() ? "it is encrypted, and the password is wrong"
                                                 : "it is encrypted, and there is no password");
        }
        const unsigned long error = ERR_peek_last_error();
        const bool is_missing = ERR_GET_REASON(error) == PEM_R_NO_START_LINE ||
                                ERR_GET_LIB(error) == ERR_LIB_OSSL_DECODER;
        throw_ssl_error(what, is_missing ? "there is no PEM private key in it" : "");
    }
    return key;
}

}  // namespace asyncio::detail
