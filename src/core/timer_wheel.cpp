#include "core/timer_wheel.hpp"

#include "core/timer_heap.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

namespace asyncio::detail {

namespace {

/// Timers on their way to the heap, the latest first: of those each removal takes constant time, as
/// the heap is a chain.
class Sorted {
public:
    explicit Sorted(TimerHeap& heap) noexcept : heap_{heap} {}

    void add(Timer& timer) noexcept
    {
        if (count_ == timers_.size()) {
            flush();
        }
        timers_[count_++] = &timer;
    }
    void flush() noexcept
    {
        const auto end = timers_.begin() + static_cast<std::ptrdiff_t>(std::exchange(count_, 0));
        std::sort(timers_.begin(), end,
                  [](const Timer* a, const Timer* b) { return TimerHeap::before(*b, *a); });
        std::for_each(timers_.begin(), end, [this](Timer* timer) { heap_.insert(*timer); });
    }

private:
    TimerHeap& heap_;
    std::array<Timer*, 512> timers_;
    std::size_t count_ = 0;
};

}  // namespace

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

TimerWheel::Tick TimerWheel::start_of(Place place) const noexcept
{
    const unsigned above = shift_of(place.level + 1);
    return (current_ >> above << above) | (Tick{place.digit} << shift_of(place.level));
}

TimerSlot& TimerWheel::slot_at(Place place) noexcept
{
    return place.level == 0 ? first_level_.slot[place.digit]
                            : levels_[place.level - 1].slot[place.digit];
}

TimerWheel::Occupied& TimerWheel::occupied_of(Place place) noexcept
{
    return place.level == 0 ? first_level_.occupied[place.digit / 64]
                            : levels_[place.level - 1].occupied;
}

std::optional<TimerWheel::Place> TimerWheel::first_marked(unsigned level) const noexcept
{
    if (level > 0) {
        const Occupied occupied = levels_[level - 1].occupied;
        return occupied == 0
                   ? std::nullopt
                   : std::optional{Place{level, static_cast<unsigned>(std::countr_zero(occupied))}};
    }
    for (unsigned i = digit_of(current_, 0) / 64; i < first_level_.occupied.size(); ++i) {
        if (const Occupied occupied = first_level_.occupied[i]; occupied != 0) {
            return Place{0, 64 * i + static_cast<unsigned>(std::countr_zero(occupied))};
        }
    }
    return std::nullopt;
}

TimerWheel::~TimerWheel()
{
    for (unsigned level = 0; level < levels; ++level) {
        while (const std::optional<Place> place = first_marked(level)) {
            empty_out(take_out(*place), [](Timer& timer) { timer.store_ = nullptr; });
        }
    }
}

void TimerWheel::sort_anew(Tick current) noexcept
{
    TimerBlock* all = nullptr;
    for (unsigned level = 0; level < levels && used_ > 0; ++level) {
        while (const std::optional<Place> place = first_marked(level)) {
            for (TimerBlock* block = take_out(*place); block != nullptr;) {
                TimerBlock* next = std::exchange(block->next, all);
                all = std::exchange(block, next);
            }
        }
    }
    current_ = current;
    empty_out(all, [this](Timer& timer) { put(timer); });
}

void TimerWheel::begin_at(Time now) noexcept { sort_anew(tick_of(now)); }

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
    const Place place{level, digit_of(tick, level)};
    if (slot_at(place).add(timer, blocks_)) {
        occupied_of(place) |= Occupied{1} << place.digit % 64;
        ++used_;
    } else {
        --size_;
        heap_.insert(timer);
    }
}

void TimerWheel::remove(Timer& timer) noexcept
{
    assert(timer.store_ == this);
    TimerSlot::remove(timer);
    timer.store_ = nullptr;
    --size_;
    if (used_ > many_places + 8 * size_) {
        sort_anew(current_);
    }
}

TimerWheel::Place TimerWheel::first_occupied() const noexcept
{
    assert(!empty());
    for (unsigned level = 0; level < levels; ++level) {
        if (const std::optional<Place> place = first_marked(level)) {
            return *place;
        }
    }
    return {};
}

Time TimerWheel::first_slot() const noexcept
{
    return Time{static_cast<Time::rep>(start_of(first_occupied()) << tick_bits)};
}

TimerBlock* TimerWheel::take_out(Place place) noexcept
{
    occupied_of(place) &= ~(Occupied{1} << place.digit % 64);
    return slot_at(place).take_all();
}

void TimerWheel::spread(Place place) noexcept
{
    empty_out(take_out(place), [this](Timer& timer) { put(timer); });
}

void TimerWheel::pour() noexcept
{
    Place place = first_occupied();
    while (place.level > 0) {
        current_ = start_of(place);
        spread(place);
        if (empty()) {
            return;  // There was no memory for them: they are in the heap.
        }
        place = first_occupied();
    }
    const Tick tick = start_of(place);
    Sorted sorted{heap_};
    empty_out(take_out(place), [this, &sorted](Timer& timer) {
        --size_;
        sorted.add(timer);
    });
    sorted.flush();
    // Past that tick. Where digits above the lowest change, what lies in their slots moves down.
    current_ = tick + 1;
    for (unsigned level = 1; level < levels && digit_of(current_, level - 1) == 0; ++level) {
        spread({level, digit_of(current_, level)});
    }
}

}  // namespace asyncio::detail
