#pragma once

#include <concepts>
#include <memory>
#include <utility>

namespace asyncio::detail {

class SecurityContext;

/// The default client context. Defined with the rest of TLS: see create_default_context().
[[nodiscard]] std::shared_ptr<const SecurityContext> default_security();

/// What `ssl` may be: nothing or `false` for a plain connection, `true` for the default client
/// context, or an SSLContext.
class SSLOption {
public:
    SSLOption() noexcept = default;
    template <std::same_as<bool> Bool>
    SSLOption(Bool wanted)
    {
        if (wanted) {
            context_ = default_security();
        }
    }
    SSLOption(std::shared_ptr<const SecurityContext> context) noexcept
        : context_{std::move(context)}
    {
    }

    /// Null: plain.
    [[nodiscard]] const std::shared_ptr<const SecurityContext>& context() const noexcept
    {
        return context_;
    }

private:
    std::shared_ptr<const SecurityContext> context_;
};

}  // namespace asyncio::detail
