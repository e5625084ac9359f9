#include "boardd/pigpio/report_filter.hpp"

namespace boardd::pigpio {

namespace {

/// What has been waiting until `deadline`, if that has come.
std::optional<FilteredLevel> take_due(std::optional<FilteredLevel>& waiting,
                                      std::optional<Time> deadline, Time time)
{
    if (!deadline || time < *deadline) {
        return std::nullopt;
    }
    const FilteredLevel steady{waiting->level, *deadline};
    waiting.reset();
    return steady;
}

}  // namespace

std::optional<FilteredLevel> GlitchFilter::change(FilteredLevel change)
{
    if (steady_ <= Time{0}) {
        waiting_.reset();
        return change;
    }
    waiting_ = change;
    return std::nullopt;
}

std::optional<Time> GlitchFilter::deadline() const noexcept
{
    return waiting_ ? std::optional{waiting_->time + steady_} : std::nullopt;
}

std::optional<FilteredLevel> GlitchFilter::expire(Time time)
{
    return take_due(waiting_, deadline(), time);
}

void NoiseFilter::set(Time steady, Time active) noexcept
{
    steady_ = steady;
    active_ = active;
    active_until_.reset();
}

std::optional<FilteredLevel> NoiseFilter::change(FilteredLevel change)
{
    if (steady_ <= Time{0} || (active_until_ && change.time < *active_until_)) {
        waiting_.reset();
        return change;
    }
    active_until_.reset();
    waiting_ = change;
    return std::nullopt;
}

std::optional<Time> NoiseFilter::deadline() const noexcept
{
    return waiting_ ? std::optional{waiting_->time + steady_} : std::nullopt;
}

std::optional<FilteredLevel> NoiseFilter::expire(Time time)
{
    const std::optional<FilteredLevel> steady = take_due(waiting_, deadline(), time);
    if (steady) {
        active_until_ = steady->time + active_;
    }
    return steady;
}

}  // namespace boardd::pigpio
