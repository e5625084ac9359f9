#include "core/guarded_memory.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace asyncio::detail {
namespace {

std::size_t page_size() noexcept
{
    static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return size;
}

}  // namespace

GuardedMemory::GuardedMemory(std::size_t size)
{
    const std::size_t page = page_size();
    if (size > std::numeric_limits<std::size_t>::max() - 4 * page) {
        throw std::bad_alloc{};
    }
    const std::size_t inside = std::max<std::size_t>(1, (size + page - 1) / page) * page;
    const std::size_t all = inside + 2 * page;
    void* memory = ::mmap(nullptr, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc{};
    }
    std::byte* const begin = static_cast<std::byte*>(memory) + page;
    if (::mprotect(begin, inside, PROT_READ | PROT_WRITE) != 0) {
        ::munmap(memory, all);
        throw std::bad_alloc{};
    }
    bytes_ = {begin, inside};
}

GuardedMemory::~GuardedMemory()
{
    if (!bytes_.empty()) {
        ::munmap(bytes_.data() - page_size(), bytes_.size() + 2 * page_size());
    }
}

}  // namespace asyncio::detail
