#pragma once

#include "core/timer_slot.hpp"

#include <asyncio/detail/timer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace asyncio::detail {

class TimerHeap;

/// Timers that are not due soon, in slots by the time they are due: hierarchical timing wheels.
/// Within a slot they have no order; the heap gives them one when their time is near. The heap also
/// takes what the wheel has no memory for.
///
/// A tick is about a millisecond. A slot of level 0 is one tick, and there are 1,024 of them; a
/// slot of each further level, which has 64, is all of the level below. A timer lies at the level
/// of the highest digit in which its tick differs from `current_`, in the slot of that digit: so in
/// a lower level is earlier than in a higher one, and no timer lies in the slots of current_'s own
/// digits above level 0. Adding and removing take constant time, removing amortised; each timer is
/// moved at most once for each level. To move one is to wait for the memory where it lies: level 0
/// is large so that what is due within a second is not moved. Source: Varghese, Lauck, "Hashed and
/// hierarchical timing wheels", 1987, scheme 7.
class TimerWheel final : public TimerStore {
public:
    explicit TimerWheel(TimerHeap& heap) noexcept : heap_{heap} {}
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;
    /// Timers that are left are simply not armed any more.
    ~TimerWheel();

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// How many places are taken up: by these timers, and by some that were removed.
    [[nodiscard]] std::size_t places() const noexcept { return used_; }

    /// Accepts what is due from `now` on; takes time in proportion to places(). Requires: empty()
    /// or ahead_of(now).
    void begin_at(Time now) noexcept;
    /// Has more than the next ticks been taken out, so that it accepts nothing near? A loop that
    /// was idle for a moment wanted to know its next timer, which was far.
    [[nodiscard]] bool ahead_of(Time now) const noexcept;

    /// Does a timer with this deadline belong here? Not if it is due before what was taken out.
    [[nodiscard]] bool accepts(Time deadline) const noexcept;
    /// Takes in a timer whose deadline is set. Requires: accepts() it.
    void add(Timer& timer) noexcept;
    void remove(Timer& timer) noexcept override;

    /// No timer is due before this. Requires: !empty().
    [[nodiscard]] Time first_slot() const noexcept;
    /// Moves the timers of the first slot to the heap. Requires: !empty().
    void pour() noexcept;

private:
    using Tick = std::uint64_t;

    static constexpr unsigned tick_bits = 20;  // Of nanoseconds.
    static constexpr unsigned first_bits = 10;  // Of a tick: the digit of level 0.
    static constexpr unsigned digit_bits = 6;  // The digits of the others.
    static constexpr unsigned levels = 7;  // 46 bits: all of a Time.
    static constexpr std::size_t first_slots = std::size_t{1} << first_bits;
    static constexpr std::size_t slots = std::size_t{1} << digit_bits;

    /// A bit for each slot of a level that has places.
    using Occupied = std::uint64_t;
    struct Level {
        Occupied occupied = 0;
        std::array<TimerSlot, slots> slot;
    };
    struct FirstLevel {
        std::array<Occupied, first_slots / 64> occupied{};
        std::array<TimerSlot, first_slots> slot;
    };
    struct Place {
        unsigned level;
        unsigned digit;
    };

    [[nodiscard]] static Tick tick_of(Time time) noexcept;
    [[nodiscard]] static unsigned shift_of(unsigned level) noexcept;
    [[nodiscard]] static unsigned digit_of(Tick tick, unsigned level) noexcept;
    [[nodiscard]] Tick start_of(Place place) const noexcept;
    [[nodiscard]] TimerSlot& slot_at(Place place) noexcept;
    [[nodiscard]] Occupied& occupied_of(Place place) noexcept;
    /// The first slot of this level with its bit set, if there is one.
    [[nodiscard]] std::optional<Place> first_marked(unsigned level) const noexcept;

    [[nodiscard]] Place first_occupied() const noexcept;
    /// Empties a slot and gives what was in it; the timers still count.
    [[nodiscard]] TimerBlock* take_out(Place place) noexcept;
    /// Puts all timers into the slots where they belong now; no places of removed ones are left.
    void sort_anew(Tick current) noexcept;
    void put(Timer& timer) noexcept;
    void spread(Place place) noexcept;
    /// Calls `action(timer)` for each timer of a list of blocks.
    template <typename Action>
    void empty_out(TimerBlock* taken, Action action) noexcept
    {
        used_ -= for_each_timer(taken, blocks_, action);
    }

    /// So many places, and 8 for each timer, may be used before those of removed timers are
    /// taken back.
    static constexpr std::size_t many_places = 4096;

    TimerHeap& heap_;
    TimerBlocks blocks_;
    Tick current_ = 0;  // What is due before this tick is not in here.
    std::size_t size_ = 0;
    std::size_t used_ = 0;  // See places().
    FirstLevel first_level_;
    std::array<Level, levels - 1> levels_{};  // The further ones.
};

}  // namespace asyncio::detail
