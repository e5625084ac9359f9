#include <asyncio/detail/frame_pool.hpp>

#include <array>
#include <new>
#include <utility>

namespace asyncio::detail {
namespace {

constexpr std::size_t granule = 64;        // Sizes are rounded up to this.
constexpr std::size_t largest = 2048;      // Larger frames go to the heap.
constexpr std::size_t kept_of_a_size = 1024;

struct FreeBlock {
    FreeBlock* next;
};

struct FreeList {
    FreeBlock* first = nullptr;
    std::size_t room = 0;  // For so many more. None before the first, and once the thread ends.
    bool in_use = false;
};

/// This thread's free blocks. Trivially destroyed, so that a frame that dies late, after the
/// thread's other objects, still finds it.
constinit thread_local std::array<FreeList, largest / granule> lists;
constinit thread_local bool thread_ends = false;

/// Gives the blocks back when the thread ends.
struct Reaper {
    ~Reaper()
    {
        thread_ends = true;
        for (FreeList& list : lists) {
            list.room = 0;
            while (list.first != nullptr) {
                ::operator delete(std::exchange(list.first, list.first->next));
            }
        }
    }
    void touch() noexcept {}
};
thread_local Reaper reaper;

void keep(FreeList& list, void* memory) noexcept
{
    list.first = new (memory) FreeBlock{list.first};
    --list.room;
}

/// The first of its list, or one too many.
[[gnu::noinline]] void free_rarely(FreeList& list, void* memory) noexcept
{
    if (thread_ends || std::exchange(list.in_use, true)) {
        ::operator delete(memory);
    } else {
        reaper.touch();
        list.room = kept_of_a_size;
        keep(list, memory);
    }
}

constexpr std::size_t rounded(std::size_t size) noexcept
{
    return (size + granule - 1) / granule * granule;
}

// A sanitizer must see every frame as a block of its own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool pooled = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool pooled = false;
#else
constexpr bool pooled = true;
#endif
#else
constexpr bool pooled = true;
#endif

}  // namespace

void* allocate_frame(std::size_t size)
{
    if (!pooled || size > largest) {
        return ::operator new(size);
    }
    FreeList& list = lists[rounded(size) / granule - 1];
    if (list.first == nullptr) {
        return ::operator new(rounded(size));
    }
    ++list.room;
    return std::exchange(list.first, list.first->next);
}

void free_frame(void* memory, std::size_t size) noexcept
{
    if (!pooled || size > largest) {
        ::operator delete(memory);
        return;
    }
    FreeList& list = lists[rounded(size) / granule - 1];
    if (list.room == 0) {
        free_rarely(list, memory);
    } else {
        keep(list, memory);
    }
}

}  // namespace asyncio::detail
