#pragma once

#include <cstddef>

namespace asyncio::detail {

/// What the buffers of streams count for in the budget of the process.
class BufferShare {
public:
    /// Bytes of a buffer that cost the budget nothing.
    static constexpr std::size_t free_of_charge = 4 * 1024;

    /// Does a buffer with so many bytes count for something?
    [[nodiscard]] static bool counts(std::size_t size) noexcept { return size > free_of_charge; }

    /// A buffer that held `before` bytes holds `after` now.
    static void change(std::size_t before, std::size_t after) noexcept
    {
        if (counts(before) || counts(after)) {
            count(counted(after) - counted(before));
        }
    }

    /// Is the budget of the process used up?
    [[nodiscard]] static bool none_left() noexcept;

private:
    [[nodiscard]] static std::size_t counted(std::size_t size) noexcept
    {
        return counts(size) ? size - free_of_charge : 0;
    }
    static void count(std::size_t more) noexcept;
};

}  // namespace asyncio::detail
