#pragma once

#include "boardd/clock.hpp"

#include <optional>

namespace boardd::pigpio {

/// A level as a filter lets it through.
class FilteredLevel {
public:
    FilteredLevel(bool the_level, Time at) : level{the_level}, time{at} {}

    [[nodiscard]] bool operator==(const FilteredLevel&) const = default;

    bool level;
    Time time;
};

/// Lets through levels that have been the same for a while: the command FG, a debounce.
///
/// Pure: time is what the caller says. What passes carries the time at which it was steady.
class GlitchFilter {
public:
    /// Passes what is steady for `steady`; 0: everything.
    void set(Time steady) noexcept { steady_ = steady; }

    /// The level has changed. Gives what passes at once.
    [[nodiscard]] std::optional<FilteredLevel> change(FilteredLevel change);
    /// When expire() is to be called, if no change comes before.
    [[nodiscard]] std::optional<Time> deadline() const noexcept;
    [[nodiscard]] std::optional<FilteredLevel> expire(Time time);

private:
    Time steady_{};
    std::optional<FilteredLevel> waiting_;
};

/// Lets nothing through until a level has been steady for a while, then everything for another
/// while, and so on: the command FN. Pure.
class NoiseFilter {
public:
    /// `steady` 0: everything passes.
    void set(Time steady, Time active) noexcept;

    [[nodiscard]] std::optional<FilteredLevel> change(FilteredLevel change);
    [[nodiscard]] std::optional<Time> deadline() const noexcept;
    [[nodiscard]] std::optional<FilteredLevel> expire(Time time);

private:
    Time steady_{};
    Time active_{};
    std::optional<Time> active_until_;
    std::optional<FilteredLevel> waiting_;
};

}  // namespace boardd::pigpio
