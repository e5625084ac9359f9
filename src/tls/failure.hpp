#pragma once

#include "tls/handles.hpp"

#include <exception>
#include <string>

namespace asyncio::detail {

/// Why a certificate was not accepted.
class VerifyFailure {
public:
    VerifyFailure() {}
    /// `wanted` is the name of the server, for the message.
    VerifyFailure(X509_STORE_CTX* verification, const std::string& wanted);

    int code = X509_V_OK;
    std::string text;
};

/// Why a session has failed.
class Failure {
public:
    enum class Kind { none, tls, certificate, cut_off, callback };

    Failure() {}

    Kind kind = Kind::none;
    std::string text;
    std::string reason;            // OpenSSL's name for it.
    int verify_code = X509_V_OK;   // Of kind certificate.
    std::exception_ptr exception;  // Of kind callback.

    /// Throws it: "cannot <what>: <text>".
    [[noreturn]] void raise(const std::string& what) const;
};

/// Why the last call on this thread, which was for this session, failed; takes OpenSSL's errors.
[[nodiscard]] Failure last_failure(const VerifyFailure& verification, SSL* session);

/// OpenSSL's reason for an error, in words, and its name as Python has it: "WRONG_VERSION_NUMBER".
[[nodiscard]] std::string reason_text(unsigned long error);
[[nodiscard]] std::string reason_name(unsigned long error);

}  // namespace asyncio::detail
