#pragma once

#include <asyncio/errors.hpp>

#include <cstdint>
#include <string>
#include <utility>

struct io_uring;

namespace asyncio::detail {

/// How a ring is set up, best first. Each step down costs some speed.
enum class UringSetup : std::uint8_t { deferred, cooperative, plain };

/// A ring that works.
struct RingSetup {
    std::string flags;  ///< Those the kernel took: "SINGLE_ISSUER|DEFER_TASKRUN|...", or "plain".
    std::string reasons;  ///< For each step down, joined: "WHY; CURE, because WHY; CURE".
};

/// There is no ring that works.
class UringRefused final : public OSError {
public:
    UringRefused(std::error_code error, const std::string& message, std::string reasons)
        : OSError{error, message}, reasons_{std::move(reasons)}
    {
    }
    /// For each step down, and at last for the refusal.
    [[nodiscard]] const std::string& reasons() const noexcept { return reasons_; }

private:
    std::string reasons_;
};

/// Sets up `ring` with the best flags that the kernel takes, none better than `best`; `reason` says
/// why not better. Throws UringRefused.
[[nodiscard]] RingSetup set_up_ring(io_uring& ring, unsigned entries, UringSetup best,
                                    const std::string& reason);

/// "CALL is refused: WHY; CURE", for a positive errno.
[[nodiscard]] std::string uring_refusal(const std::string& call, int error);

/// Appends a reason: ", because REASON" if it is not the first.
void add_reason(std::string& reasons, const std::string& reason);

/// ", because REASONS"; "" if there are none.
[[nodiscard]] std::string because(const std::string& reasons);

}  // namespace asyncio::detail
