#pragma once

#include "support/temporary_directory.hpp"

#include <memory>
#include <string>
#include <vector>

// Certificates for the tests of TLS, made when they run.

namespace asyncio::test {

/// A certificate and its key, in two PEM files.
class Identity {
public:
    Identity(std::string in_certificate, std::string in_key)
        : certificate{std::move(in_certificate)}, key{std::move(in_key)}
    {
    }

    std::string certificate;
    std::string key;
};

/// What a certificate is to say. Days count from today.
class Wanted {
public:
    explicit Wanted(std::string common_name) : name{std::move(common_name)} {}

    Wanted& valid(int from, int to)
    {
        from_day = from;
        to_day = to;
        return *this;
    }
    /// "DNS:localhost", "IP:127.0.0.1"; at first the name.
    Wanted& names(std::vector<std::string> alternative)
    {
        alternative_names = std::move(alternative);
        return *this;
    }
    Wanted& self_signed()
    {
        is_self_signed = true;
        return *this;
    }

    /// It does not say which key of the authority has signed it, as it should.
    Wanted& vague()
    {
        is_vague = true;
        return *this;
    }

    std::string name;
    int from_day = -1;
    int to_day = 30;
    std::vector<std::string> alternative_names;
    bool is_self_signed = false;
    bool is_vague = false;
};

/// An authority that signs certificates: a root, or one below another.
class Authority {
public:
    explicit Authority(const std::string& name);
    Authority(const std::string& name, Authority& above);
    ~Authority();

    /// Its own certificate, a PEM file.
    [[nodiscard]] const std::string& certificate() const noexcept { return certificate_; }
    /// Of one below another, the file has its own certificate too.
    [[nodiscard]] Identity issue(const Wanted& wanted);
    /// Revokes what it has signed, the first certificate of the file, as of `day`.
    void revoke(const std::string& certificate_file, int day = -1);
    /// The list of what it has revoked, a new PEM file.
    [[nodiscard]] std::string revocation_list(int from_day = -1, int to_day = 30);
    /// The key of an identity, once more, under a password.
    [[nodiscard]] std::string encrypted_key(const Identity& identity, const std::string& password);
    [[nodiscard]] const TemporaryDirectory& folder() const noexcept { return folder_; }

private:
    class Keys;

    void sign_own(Authority& above);

    TemporaryDirectory folder_;
    std::unique_ptr<Keys> keys_;
    std::string certificate_;
    bool is_root_ = true;
    int issued_ = 0;
};

/// The authority of most tests, "Test CA", and one that nobody trusts, "Other CA".
[[nodiscard]] Authority& test_authority();
[[nodiscard]] Authority& other_authority();
/// For "localhost", 127.0.0.1 and ::1.
[[nodiscard]] const Identity& localhost_identity();

/// The whole of a file.
[[nodiscard]] std::string text_of(const std::string& path);

}  // namespace asyncio::test
