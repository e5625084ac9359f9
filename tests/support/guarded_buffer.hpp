#pragma once

#include "core/guarded_memory.hpp"

#include <algorithm>
#include <cstddef>
#include <gtest/gtest.h>
#include <span>

namespace asyncio::test {

/// Memory for the kernel to read or write: right behind it lies a page that nobody may touch, and
/// another in front; the room between the front page and the buffer is filled with canaries.
class GuardedBuffer {
public:
    explicit GuardedBuffer(std::size_t size) : memory_{size}, size_{size}
    {
        std::ranges::fill(memory_.bytes(), canary);
    }
    GuardedBuffer(const GuardedBuffer&) = delete;
    GuardedBuffer& operator=(const GuardedBuffer&) = delete;
    ~GuardedBuffer() { EXPECT_TRUE(front_is_intact()); }

    [[nodiscard]] std::span<std::byte> bytes() const { return memory_.bytes().last(size_); }
    void fill_with_canaries() const { std::ranges::fill(bytes(), canary); }
    /// Has nobody written to the buffer since it was filled?
    [[nodiscard]] bool is_untouched() const { return all_canaries(bytes()); }
    /// Has nobody ever written in front of the buffer?
    [[nodiscard]] bool front_is_intact() const
    {
        return all_canaries(memory_.bytes().first(memory_.bytes().size() - size_));
    }

private:
    static constexpr std::byte canary{0xc5};

    static bool all_canaries(std::span<const std::byte> bytes)
    {
        return std::ranges::all_of(bytes, [](std::byte byte) { return byte == canary; });
    }

    asyncio::detail::GuardedMemory memory_;
    std::size_t size_;
};

}  // namespace asyncio::test
