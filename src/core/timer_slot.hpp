#pragma once

#include <asyncio/detail/timer.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace asyncio::detail {

/// Places for some timers of a slot.
struct TimerBlock {
    static constexpr std::size_t places = 14;

    TimerBlock* next = nullptr;
    std::size_t used = 0;
    std::array<Timer*, places> timers{};  // Null: removed, or not used yet.
};

/// The memory for blocks: pages, which are kept while any block of them all is used.
class TimerBlocks {
public:
    TimerBlocks() = default;
    TimerBlocks(const TimerBlocks&) = delete;
    TimerBlocks& operator=(const TimerBlocks&) = delete;
    ~TimerBlocks() { free_pages(); }

    /// Null if there is no memory.
    [[nodiscard]] TimerBlock* take() noexcept;
    void give_back(TimerBlock& block) noexcept;

private:
    struct Page;
    static constexpr std::size_t pages_kept = 16;  // 64 KiB stay when no block is used.

    void add_page() noexcept;
    void free_pages() noexcept;

    TimerBlock* first_ = nullptr;  // Those that are free.
    std::size_t taken_ = 0;
    Page* first_page_ = nullptr;
    std::size_t pages_ = 0;
};

/// Timers of one slot of the TimerWheel, in no order. They are pointed to from blocks, so that
/// neither to add a timer nor to remove one touches another timer, and so that many of them can be
/// asked for before the first has come from memory.
class TimerSlot {
public:
    TimerSlot() = default;
    TimerSlot(const TimerSlot&) = delete;
    TimerSlot& operator=(const TimerSlot&) = delete;

    /// False if there is no memory.
    [[nodiscard]] bool add(Timer& timer, TimerBlocks& blocks) noexcept;
    /// Removes a timer from the slot where it is; its place stays.
    static void remove(Timer& timer) noexcept { *timer.place_ = nullptr; }
    /// Empties the slot and gives what was in it.
    [[nodiscard]] TimerBlock* take_all() noexcept { return std::exchange(first_, nullptr); }

private:
    TimerBlock* first_ = nullptr;
};

/// Calls `action(timer)` for all timers of a list of blocks, and gives the blocks back. The number
/// of places that were used.
template <typename Action>
std::size_t for_each_timer(TimerBlock* block, TimerBlocks& blocks, Action action) noexcept
{
    std::size_t used = 0;
    while (block != nullptr) {
        for (const Timer* timer : block->timers) {
            if (timer != nullptr) {
                __builtin_prefetch(timer);
                __builtin_prefetch(reinterpret_cast<const std::byte*>(timer + 1) - 1);
            }
        }
        for (Timer* timer : block->timers) {
            if (timer != nullptr) {
                action(*timer);
            }
        }
        used += block->used;
        TimerBlock* next = block->next;
        blocks.give_back(*block);
        block = next;
    }
    return used;
}

}  // namespace asyncio::detail
