#pragma once

#include <asyncio/detail/timer.hpp>

#include <cstddef>

namespace asyncio::detail {

/// Timers by deadline, and among equals by who was armed first: a pairing heap whose nodes are the
/// timers themselves, so it allocates nothing.
///
/// Inserting takes constant time; taking the first out and removing take logarithmic time,
/// amortised. Source: Fredman, Sedgewick, Sleator, Tarjan, "The pairing heap", 1986.
class TimerHeap final : public TimerStore {
public:
    TimerHeap() = default;
    TimerHeap(const TimerHeap&) = delete;
    TimerHeap& operator=(const TimerHeap&) = delete;
    /// Timers that are left are simply not armed any more.
    ~TimerHeap();

    [[nodiscard]] bool empty() const noexcept { return root_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// The next to expire. Requires: !empty().
    [[nodiscard]] Timer& first() const noexcept { return *root_; }

    /// Takes in a timer whose deadline and order are set.
    void insert(Timer& timer) noexcept;
    void remove(Timer& timer) noexcept override;

    /// Does `a` expire before `b`?
    [[nodiscard]] static bool before(const Timer& a, const Timer& b) noexcept
    {
        return a.deadline_ != b.deadline_ ? a.deadline_ < b.deadline_ : a.order_ < b.order_;
    }

private:
    [[nodiscard]] static Timer* merge(Timer* a, Timer* b) noexcept;
    [[nodiscard]] static Timer* merge_children(Timer* first) noexcept;

    Timer* root_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace asyncio::detail
