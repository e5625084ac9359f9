#pragma once

#include <cstddef>

namespace asyncio::detail {

/// What one buffer counts for in the budget of the process. Small buffers cost it nothing.
class BufferShare {
public:
    static constexpr std::size_t free_of_charge = 4 * 1024;  // Bytes.

    BufferShare() = default;
    BufferShare(const BufferShare&) = delete;
    BufferShare& operator=(const BufferShare&) = delete;
    ~BufferShare() { set(0); }

    /// The buffer holds so many bytes now.
    void set(std::size_t size) noexcept
    {
        const std::size_t counted = size > free_of_charge ? size - free_of_charge : 0;
        if (counted != counted_) {
            count(counted);
        }
    }
    [[nodiscard]] bool counts() const noexcept { return counted_ > 0; }

    /// Is the budget of the process used up?
    [[nodiscard]] static bool none_left() noexcept;

private:
    void count(std::size_t counted) noexcept;

    std::size_t counted_ = 0;
};

}  // namespace asyncio::detail
