#include "core/timer_wheel.hpp"

#include "core/timer_heap.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

namespace asyncio::detail {

TimerWheel::Tick TimerWheel::tick_of(Time time) noexcept
{
    return static_cast<Tick>(std::max(time, Time::zero()).count()) >> tick_bits;
}

unsigned TimerWheel::digit_of(Tick tick, unsigned level) noexcept
{
    return static_cast<unsigned>(tick >> (digit_bits * level)) % slots;
}

TimerWheel::Tick TimerWheel::start_of(Slot slot) const noexcept
{
    const unsigned shift = digit_bits * slot.level;
    const Tick above = current_ >> (shift + digit_bits) << digit_bits;
    return (above | slot.digit) << shift;
}

TimerWheel::~TimerWheel()
{
    for (Level& wheel : levels_) {
        for (Timer* timer : wheel.first) {
            while (timer != nullptr) {
                timer->store_ = nullptr;
                timer = std::exchange(timer->next_, nullptr);
            }
        }
    }
}

void TimerWheel::begin_at(Time now) noexcept
{
    Timer* all = nullptr;
    for (unsigned level = 0; level < levels && size_ > 0; ++level) {
        while (levels_[level].occupied != 0) {
            const int digit = std::countr_zero(levels_[level].occupied);
            Timer* timer = take_out({level, static_cast<unsigned>(digit)});
            while (timer != nullptr) {
                Timer* next = std::exchange(timer->next_, all);
                all = std::exchange(timer, next);
            }
        }
    }
    current_ = tick_of(now);
    while (all != nullptr) {
        Timer& timer = *std::exchange(all, all->next_);
        put(timer);
    }
}

bool TimerWheel::ahead_of(Time now) const noexcept { return current_ > tick_of(now) + slots; }

bool TimerWheel::accepts(Time deadline) const noexcept { return tick_of(deadline) >= current_; }

void TimerWheel::add(Timer& timer) noexcept
{
    assert(accepts(timer.deadline_));
    timer.store_ = this;
    ++size_;
    put(timer);
}

void TimerWheel::put(Timer& timer) noexcept
{
    const Tick tick = tick_of(timer.deadline_);
    const Tick difference = tick ^ current_;
    const unsigned level =
        difference == 0 ? 0 : (static_cast<unsigned>(std::bit_width(difference)) - 1) / digit_bits;
    const unsigned digit = digit_of(tick, level);
    Timer*& first = levels_[level].first[digit];
    levels_[level].occupied |= std::uint64_t{1} << digit;
    timer.next_ = first;
    timer.link_ = &first;
    if (first != nullptr) {
        first->link_ = &timer.next_;
    }
    first = &timer;
}

void TimerWheel::remove(Timer& timer) noexcept
{
    assert(timer.store_ == this);
    *timer.link_ = timer.next_;
    if (timer.next_ != nullptr) {
        timer.next_->link_ = timer.link_;
    }
    timer.next_ = nullptr;
    timer.store_ = nullptr;
    --size_;
}

TimerWheel::Slot TimerWheel::first_occupied() noexcept
{
    assert(!empty());
    for (unsigned level = 0; level < levels; ++level) {
        Level& wheel = levels_[level];
        while (wheel.occupied != 0) {
            const auto digit = static_cast<unsigned>(std::countr_zero(wheel.occupied));
            if (wheel.first[digit] != nullptr) {
                return {level, digit};
            }
            wheel.occupied &= wheel.occupied - 1;  // It has become empty.
        }
    }
    return {};
}

Time TimerWheel::first_slot() noexcept
{
    return Time{static_cast<Time::rep>(start_of(first_occupied()) << tick_bits)};
}

Timer* TimerWheel::take_out(Slot slot) noexcept
{
    Level& wheel = levels_[slot.level];
    wheel.occupied &= ~(std::uint64_t{1} << slot.digit);
    return std::exchange(wheel.first[slot.digit], nullptr);
}

void TimerWheel::spread(Slot slot) noexcept
{
    Timer* timer = take_out(slot);
    while (timer != nullptr) {
        Timer* next = timer->next_;
        put(*timer);
        timer = next;
    }
}

void TimerWheel::pour(TimerHeap& heap) noexcept
{
    Slot slot = first_occupied();
    while (slot.level > 0) {
        current_ = start_of(slot);
        spread(slot);
        slot = first_occupied();
    }
    const Tick tick = start_of(slot);
    Timer* timer = take_out(slot);
    while (timer != nullptr) {
        Timer* next = timer->next_;
        --size_;
        heap.insert(*timer);
        timer = next;
    }
    // Past that tick. Where digits above the lowest change, what lies in their slots moves down.
    current_ = tick + 1;
    for (unsigned level = 1; level < levels && digit_of(current_, level - 1) == 0; ++level) {
        spread({level, digit_of(current_, level)});
    }
}

}  // namespace asyncio::detail
