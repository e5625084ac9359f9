#include "core/timer_heap.hpp"

#include <cassert>
#include <utility>

namespace asyncio::detail {

TimerHeap::~TimerHeap()
{
    while (root_ != nullptr) {
        remove(*root_);
    }
}

Timer* TimerHeap::merge(Timer* a, Timer* b) noexcept
{
    if (a == nullptr) {
        return b;
    }
    if (b == nullptr) {
        return a;
    }
    if (before(*b, *a)) {
        std::swap(a, b);
    }
    b->next_ = a->child_;
    if (b->next_ != nullptr) {
        b->next_->previous_ = b;
    }
    b->previous_ = a;
    a->child_ = b;
    return a;
}

Timer* TimerHeap::merge_children(Timer* first) noexcept
{
    // Pairs from the left, kept in a list from the last to the first ...
    Timer* pairs = nullptr;
    while (first != nullptr) {
        Timer* a = first;
        Timer* b = a->next_;
        first = b != nullptr ? b->next_ : nullptr;
        a->next_ = nullptr;
        if (b != nullptr) {
            b->next_ = nullptr;
        }
        Timer* pair = merge(a, b);
        pair->next_ = pairs;
        pairs = pair;
    }
    // ... then together from the right.
    Timer* root = nullptr;
    while (pairs != nullptr) {
        Timer* pair = std::exchange(pairs, pairs->next_);
        pair->next_ = nullptr;
        root = merge(root, pair);
    }
    if (root != nullptr) {
        root->previous_ = nullptr;
    }
    return root;
}

void TimerHeap::insert(Timer& timer) noexcept
{
    timer.store_ = this;
    timer.child_ = timer.next_ = timer.previous_ = nullptr;
    root_ = merge(root_, &timer);
    ++size_;
}

void TimerHeap::remove(Timer& timer) noexcept
{
    assert(timer.store_ == this);
    if (&timer == root_) {
        root_ = merge_children(timer.child_);
    } else {
        (timer.previous_->child_ == &timer ? timer.previous_->child_ : timer.previous_->next_) =
            timer.next_;
        if (timer.next_ != nullptr) {
            timer.next_->previous_ = timer.previous_;
        }
        root_ = merge(root_, merge_children(timer.child_));
    }
    timer.child_ = timer.next_ = timer.previous_ = nullptr;
    timer.store_ = nullptr;
    --size_;
}

}  // namespace asyncio::detail
