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

unsigned TimerWheel::shift_of(unsigned level) noexcept
{
    return level == 0 ? 0 : first_bits + digit_bits * (level - 1);
}

unsigned TimerWheel::digit_of(Tick tick, unsigned level) noexcept
{
    return static_cast<unsigned>((tick >> shift_of(level)) % (level == 0 ? first_slots : slots));
}

TimerWheel::Tick TimerWheel::start_of(Slot slot) const noexcept
{
    const unsigned above = shift_of(slot.level + 1);
    return (current_ >> above << above) | (Tick{slot.digit} << shift_of(slot.level));
}

Timer*& TimerWheel::first_of(Slot slot) noexcept
{
    return slot.level == 0 ? first_level_.first[slot.digit]
                           : levels_[slot.level - 1].first[slot.digit];
}

TimerWheel::Occupied& TimerWheel::occupied_of(Slot slot) noexcept
{
    return slot.level == 0 ? first_level_.occupied[slot.digit / 64]
                           : levels_[slot.level - 1].occupied;
}

std::optional<TimerWheel::Slot> TimerWheel::first_marked(unsigned level) const noexcept
{
    if (level > 0) {
        const Occupied occupied = levels_[level - 1].occupied;
        return occupied == 0
                   ? std::nullopt
                   : std::optional{Slot{level, static_cast<unsigned>(std::countr_zero(occupied))}};
    }
    for (unsigned i = digit_of(current_, 0) / 64; i < first_level_.occupied.size(); ++i) {
        if (const Occupied occupied = first_level_.occupied[i]; occupied != 0) {
            return Slot{0, 64 * i + static_cast<unsigned>(std::countr_zero(occupied))};
        }
    }
    return std::nullopt;
}

TimerWheel::~TimerWheel()
{
    for (Timer* timer = take_all(); timer != nullptr;) {
        timer->store_ = nullptr;
        timer = std::exchange(timer->next_, nullptr);
    }
}

Timer* TimerWheel::take_all() noexcept
{
    Timer* all = nullptr;
    for (unsigned level = 0; level < levels && size_ > 0; ++level) {
        while (const std::optional<Slot> slot = first_marked(level)) {
            Timer* timer = take_out(*slot);
            while (timer != nullptr) {
                Timer* next = std::exchange(timer->next_, all);
                all = std::exchange(timer, next);
            }
        }
    }
    return all;
}

void TimerWheel::begin_at(Time now) noexcept
{
    Timer* all = take_all();
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
    const auto width = static_cast<unsigned>(std::bit_width(difference));
    const unsigned level = width <= first_bits ? 0 : 1 + (width - first_bits - 1) / digit_bits;
    const Slot slot{level, digit_of(tick, level)};
    Timer*& first = first_of(slot);
    occupied_of(slot) |= Occupied{1} << slot.digit % 64;
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
        while (const std::optional<Slot> slot = first_marked(level)) {
            if (first_of(*slot) != nullptr) {
                return *slot;
            }
            (void)take_out(*slot);  // It has become empty.
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
    occupied_of(slot) &= ~(Occupied{1} << slot.digit % 64);
    return std::exchange(first_of(slot), nullptr);
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
