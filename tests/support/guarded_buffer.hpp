#pragma once

#include <algorithm>
#include <cstddef>
#include <gtest/gtest.h>
#include <span>
#include <sys/mman.h>
#include <unistd.h>

namespace asyncio::test {

/// Memory for the kernel to read or write: right behind it lies a page that nobody may touch, and
/// another in front; the room between the front page and the buffer is filled with canaries.
class GuardedBuffer {
public:
    explicit GuardedBuffer(std::size_t size)
        : page_{static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))},
          inner_{(size + page_ - 1) / page_ * page_}, size_{size}
    {
        void* const memory =
            ::mmap(nullptr, inner_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memory_ = static_cast<std::byte*>(memory);
        EXPECT_EQ(::mprotect(memory_ + page_, inner_, PROT_READ | PROT_WRITE), 0);
        std::fill_n(memory_ + page_, inner_, canary);
    }
    GuardedBuffer(const GuardedBuffer&) = delete;
    GuardedBuffer& operator=(const GuardedBuffer&) = delete;
    ~GuardedBuffer()
    {
        EXPECT_TRUE(front_is_intact());
        ::munmap(memory_, inner_ + 2 * page_);
    }

    [[nodiscard]] std::span<std::byte> bytes() const
    {
        return {memory_ + page_ + inner_ - size_, size_};
    }
    void fill_with_canaries() const { std::ranges::fill(bytes(), canary); }
    /// Has nobody written to the buffer since it was filled?
    [[nodiscard]] bool is_untouched() const { return all_canaries(bytes()); }
    /// Has nobody ever written in front of the buffer?
    [[nodiscard]] bool front_is_intact() const
    {
        return all_canaries({memory_ + page_, inner_ - size_});
    }

private:
    static constexpr std::byte canary{0xc5};

    static bool all_canaries(std::span<const std::byte> bytes)
    {
        return std::ranges::all_of(bytes, [](std::byte byte) { return byte == canary; });
    }

    std::size_t page_;
    std::size_t inner_;
    std::size_t size_;
    std::byte* memory_;
};

}  // namespace asyncio::test
