#include "core/timer_slot.hpp"

#include <new>

namespace asyncio::detail {

struct TimerBlocks::Page {
    Page* next;
    std::array<TimerBlock, 31> blocks;
};

TimerBlock* TimerBlocks::take() noexcept
{
    if (first_ == nullptr) {
        add_page();
        if (first_ == nullptr) {
            return nullptr;
        }
    }
    ++taken_;
    return new (std::exchange(first_, first_->next)) TimerBlock;
}

void TimerBlocks::give_back(TimerBlock& block) noexcept
{
    block.next = std::exchange(first_, &block);
    if (--taken_ == 0 && pages_ > pages_kept) {
        free_pages();
    }
}

void TimerBlocks::add_page() noexcept
{
    static_assert(sizeof(Page) <= 4096);
    Page* page = new (std::nothrow) Page;
    if (page == nullptr) {
        return;
    }
    ++pages_;
    page->next = std::exchange(first_page_, page);
    for (TimerBlock& block : page->blocks) {
        block.next = std::exchange(first_, &block);
    }
}

void TimerBlocks::free_pages() noexcept
{
    while (first_page_ != nullptr) {
        delete std::exchange(first_page_, first_page_->next);
    }
    pages_ = 0;
    first_ = nullptr;
}

bool TimerSlot::add(Timer& timer, TimerBlocks& blocks) noexcept
{
    if (first_ == nullptr || first_->used == TimerBlock::places) {
        TimerBlock* block = blocks.take();
        if (block == nullptr) {
            return false;
        }
        block->next = std::exchange(first_, block);
    }
    timer.place_ = &first_->timers[first_->used++];
    *timer.place_ = &timer;
    return true;
}

}  // namespace asyncio::detail
