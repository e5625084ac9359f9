#include "net/spare_buffers.hpp"

#include <array>
#include <cstddef>

namespace asyncio::detail {
namespace {

constexpr std::size_t most = 64;      // Buffers ...
constexpr std::size_t largest = 1024;  // ... of so many bytes each are kept.
const std::size_t smallest = std::string{}.capacity() + 1;  // Less lies in the string itself.

constinit thread_local bool thread_ends = false;  // A stream may die after this thread's objects.

struct Spares {
    std::array<std::string, most> buffers;
    std::size_t count = 0;

    ~Spares() { thread_ends = true; }
};

thread_local Spares spares;

}  // namespace

void SpareBuffers::lend(std::string& buffer) noexcept
{
    if (!thread_ends && spares.count > 0 && buffer.empty() && buffer.capacity() < smallest) {
        buffer.swap(spares.buffers[--spares.count]);
    }
}

void SpareBuffers::take_back(std::string& buffer) noexcept
{
    buffer.clear();
    const std::size_t capacity = buffer.capacity();
    if (capacity < smallest) {
        return;
    }
    if (!thread_ends && capacity <= largest && spares.count < most) {
        spares.buffers[spares.count++].swap(buffer);
    } else {
        std::string{}.swap(buffer);
    }
}

}  // namespace asyncio::detail
