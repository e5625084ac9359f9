#pragma once

#include <asyncio/detail/timer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace asyncio::detail {

class TimerHeap;

/// Timers that are not due soon, in lists by the time they are due: hierarchical timing wheels.
/// Within a list they have no order; the heap gives them one when their time is near.
///
/// A tick is about a millisecond. A slot of level 0 is one tick, and there are 1,024 of them; a
/// slot of each further level, which has 64, is all of the level below. A timer lies at the level
/// of the highest digit in which its tick differs from `current_`, in the slot of that digit: so in
/// a lower level is earlier than in a higher one, and no timer lies in the slots of current_'s own
/// digits above level 0. Adding and removing take constant time; each timer is moved at most once
/// for each level. To move one is to wait for the memory where it lies: level 0 is large so that
/// what is due within a second is not moved. Source: Varghese, Lauck, "Hashed and hierarchical
/// timing wheels", 1987, scheme 7.
class TimerWheel final : public TimerStore {
public:
    TimerWheel() = default;
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;
    /// Timers that are left are simply not armed any more.
    ~TimerWheel();

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Accepts what is due from `now` on; takes time in proportion to size(). Requires: empty() or
    /// ahead_of(now).
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
    [[nodiscard]] Time first_slot() noexcept;
    /// Moves the timers of the first slot to the heap. Requires: !empty().
    void pour(TimerHeap& heap) noexcept;

private:
    using Tick = std::uint64_t;

    static constexpr unsigned tick_bits = 20;  // Of nanoseconds.
    static constexpr unsigned first_bits = 10;  // Of a tick: the digit of level 0.
    static constexpr unsigned digit_bits = 6;  // The digits of the others.
    static constexpr unsigned levels = 7;  // 46 bits: all of a Time.
    static constexpr std::size_t first_slots = std::size_t{1} << first_bits;
    static constexpr std::size_t slots = std::size_t{1} << digit_bits;

    /// A bit for each slot of a level; slots that became empty keep theirs.
    using Occupied = std::uint64_t;
    struct Level {
        Occupied occupied = 0;
        std::array<Timer*, slots> first{};
    };
    struct FirstLevel {
        std::array<Occupied, first_slots / 64> occupied{};
        std::array<Timer*, first_slots> first{};
    };
    struct Slot {
        unsigned level;
        unsigned digit;
    };

    [[nodiscard]] static Tick tick_of(Time time) noexcept;
    [[nodiscard]] static unsigned shift_of(unsigned level) noexcept;
    [[nodiscard]] static unsigned digit_of(Tick tick, unsigned level) noexcept;
    [[nodiscard]] Tick start_of(Slot slot) const noexcept;
    [[nodiscard]] Timer*& first_of(Slot slot) noexcept;
    [[nodiscard]] Occupied& occupied_of(Slot slot) noexcept;
    /// The first slot of this level with its bit set, if there is one.
    [[nodiscard]] std::optional<Slot> first_marked(unsigned level) const noexcept;

    [[nodiscard]] Slot first_occupied() noexcept;
    /// Empties a slot and gives the list that was in it; they still count.
    [[nodiscard]] Timer* take_out(Slot slot) noexcept;
    /// Empties all slots; the timers still count.
    [[nodiscard]] Timer* take_all() noexcept;
    void put(Timer& timer) noexcept;
    void spread(Slot slot) noexcept;

    Tick current_ = 0;  // What is due before this tick is not in here.
    std::size_t size_ = 0;
    FirstLevel first_level_;
    std::array<Level, levels - 1> levels_{};  // The further ones.
};

}  // namespace asyncio::detail
