// What the kernel can write to, and what it cannot.
#include "core/guarded_memory.hpp"

#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <limits>
#include <new>
#include <span>
#include <unistd.h>
#include <utility>

namespace {

using asyncio::detail::GuardedMemory;

/// The errno of the kernel's writing one byte there; 0 if it has.
int kernel_write_error(std::byte* target)
{
    const int zeros = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
    const ssize_t count = ::read(zeros, target, 1);
    const int error = count == 1 ? 0 : errno;
    ::close(zeros);
    return error;
}

TEST(GuardedMemory, IsAllThatTheKernelCanWriteTo)
{
    const GuardedMemory memory{10'000};
    const std::span<std::byte> bytes = memory.bytes();
    ASSERT_GE(bytes.size(), 10'000U);
    EXPECT_EQ(kernel_write_error(&bytes.front()), 0);
    EXPECT_EQ(kernel_write_error(&bytes.back()), 0);
    EXPECT_EQ(kernel_write_error(bytes.data() - 1), EFAULT);
    EXPECT_EQ(kernel_write_error(bytes.data() + bytes.size()), EFAULT);
}

TEST(GuardedMemory, IsNobodysWhenItIsFreed)
{
    std::byte* where = nullptr;
    {
        GuardedMemory first{1};
        where = first.bytes().data();
        const GuardedMemory second = std::move(first);
        EXPECT_EQ(second.bytes().data(), where);
        EXPECT_EQ(kernel_write_error(where), 0);
    }
    EXPECT_EQ(kernel_write_error(where), EFAULT);
}

TEST(GuardedMemory, ThatIsTooLargeIsRefused)
{
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    for (const std::size_t size : {most / 2, most - 4096, most}) {
        EXPECT_THROW(GuardedMemory{size}, std::bad_alloc) << size;
    }
    EXPECT_FALSE(GuardedMemory{0}.bytes().empty());
    EXPECT_FALSE(GuardedMemory{});
}

}  // namespace
