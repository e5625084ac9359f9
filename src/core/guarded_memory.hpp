#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace asyncio::detail {

/// Pages that the kernel may write to, between two that nobody may touch.
///
/// What the kernel writes, no sanitizer sees: a write past either end fails with EFAULT here
/// instead of changing somebody else's memory. The pages are used only once they are written to.
class GuardedMemory {
public:
    GuardedMemory() noexcept = default;
    /// Rounds up to whole pages. Throws std::bad_alloc.
    explicit GuardedMemory(std::size_t size);
    GuardedMemory(GuardedMemory&& other) noexcept : bytes_{std::exchange(other.bytes_, {})} {}
    GuardedMemory& operator=(GuardedMemory&& other) noexcept
    {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~GuardedMemory();

    [[nodiscard]] explicit operator bool() const noexcept { return !bytes_.empty(); }
    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

private:
    std::span<std::byte> bytes_;
};

}  // namespace asyncio::detail
