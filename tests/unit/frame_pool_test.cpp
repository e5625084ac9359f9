#include <asyncio/detail/frame_pool.hpp>

#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace asyncio::detail {
namespace {

/// Under a sanitizer each frame is a block of the heap, so that its end is seen.
bool pooled()
{
    void* first = allocate_frame(640);
    free_frame(first, 640);
    void* second = allocate_frame(640);
    free_frame(second, 640);
    return first == second;
}

constexpr std::size_t sizes[] = {1, 63, 64, 65, 128, 1000, 2048, 2049, 100'000};

TEST(FramePool, GivesMemoryThatIsAlignedAndNobodyElses)
{
    std::vector<std::pair<void*, std::size_t>> blocks;
    for (int round = 0; round < 3; ++round) {
        for (const std::size_t size : sizes) {
            void* block = allocate_frame(size);
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % __STDCPP_DEFAULT_NEW_ALIGNMENT__,
                      0U);
            std::memset(block, static_cast<int>(blocks.size()), size);
            blocks.emplace_back(block, size);
        }
    }
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const auto* bytes = static_cast<const unsigned char*>(blocks[i].first);
        EXPECT_EQ(bytes[0], i);
        EXPECT_EQ(bytes[blocks[i].second - 1], i);
        free_frame(blocks[i].first, blocks[i].second);
    }
}

TEST(FramePool, GivesABlockOfTheSameSizeAgain)
{
    if (!pooled()) {
        GTEST_SKIP() << "no pool under a sanitizer";
    }
    void* block = allocate_frame(500);
    free_frame(block, 500);
    EXPECT_EQ(allocate_frame(510), block);  // Both are rounded up to 512.
    free_frame(block, 510);
    void* other = allocate_frame(513);
    EXPECT_NE(other, block);
    free_frame(other, 513);
}

TEST(FramePool, KeepsSomeAndGivesTheRestBack)
{
    std::vector<void*> blocks(5000);
    for (int round = 0; round < 3; ++round) {
        for (void*& block : blocks) {
            block = allocate_frame(700);
            std::memset(block, round, 700);
        }
        EXPECT_EQ(std::set<void*>(blocks.begin(), blocks.end()).size(), blocks.size());
        for (void* const block : blocks) {
            free_frame(block, 700);
        }
    }
}

TEST(FramePool, TakesBlocksThatAnotherThreadAllocated)
{
    std::vector<void*> blocks;
    std::thread{[&blocks] {
        for (int i = 0; i < 100; ++i) {
            blocks.push_back(allocate_frame(256));
        }
    }}.join();
    EXPECT_EQ(std::set<void*>(blocks.begin(), blocks.end()).size(), 100U);
    for (void* block : blocks) {
        free_frame(block, 256);
    }
}

/// Frees a frame when its thread ends, after the pool's own end if it was made before it.
class LateFrame {
public:
    ~LateFrame() { free_frame(frame, 256); }

    void* frame = nullptr;
};

thread_local LateFrame late;

TEST(FramePool, TakesFramesThatDieAfterItWhenTheThreadEnds)  // Leaks are the sanitizer's to see.
{
    std::thread{[] {
        late.frame = allocate_frame(256);
        void* other = allocate_frame(256);
        free_frame(other, 256);  // The pool's end is registered here, behind `late`.
    }}.join();
}

}  // namespace
}  // namespace asyncio::detail
