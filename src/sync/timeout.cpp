#include <asyncio/timeout.hpp>

#include <algorithm>

namespace asyncio {
namespace detail {
namespace {

Time now() { return Clock::now().time_since_epoch(); }

std::optional<Time> deadline_of(const TimeLimit& limit)
{
    if (!limit.get()) {
        return std::nullopt;
    }
    const Time start = now();
    return *limit.get() > Time::max() - start ? Time::max() : start + *limit.get();
}

std::optional<Time> deadline_of(const std::optional<Clock::time_point>& when)
{
    return when ? std::optional{when->time_since_epoch()} : std::nullopt;
}

}  // namespace

void TimeoutScope::enter()
{
    if (state_ != State::created) {
        throw RuntimeError{"the timeout has been used before"};
    }
    task_ = Ref<TaskState>{&running_task()};
    cancels_before_ = task_->cancelling();
    state_ = State::entered;
    arm_for_deadline();
}

bool TimeoutScope::leave() noexcept
{
    disarm();
    const Ref<TaskState> task = std::exchange(task_, {});
    if (state_ == State::entered) {
        state_ = State::left;
    }
    if (state_ != State::expiring) {
        return false;
    }
    state_ = State::expired;
    return task->take_back_cancel(cancels_before_);
}

void TimeoutScope::reschedule(std::optional<Time> deadline)
{
    if (state_ == State::created) {
        throw RuntimeError{"cannot reschedule a timeout before its run()"};
    }
    if (state_ != State::entered) {
        throw RuntimeError{expired() ? "cannot reschedule a timeout that has expired"
                                     : "cannot reschedule a timeout after its run()"};
    }
    deadline_ = deadline;
    grace_given_ = false;
    disarm();
    arm_for_deadline();
}

void TimeoutScope::arm_for_deadline()
{
    if (deadline_) {
        arm(std::max(Time::zero(), *deadline_ - now()));
    }
}

void TimeoutScope::expire() noexcept
{
    if (!grace_given_) {
        // What became ready in the same wake-up as the deadline runs first, so that a result
        // that is there is not thrown away.
        grace_given_ = true;
        arm(Time::zero());
        return;
    }
    state_ = State::expiring;
    task_->cancel();
}

}  // namespace detail

std::optional<Clock::time_point> Timeout::when() const noexcept
{
    const std::optional<detail::Time> deadline = scope_->deadline();
    return deadline ? std::optional{Clock::time_point{*deadline}} : std::nullopt;
}

void Timeout::reschedule(detail::TimeLimit from_now) const
{
    scope_->reschedule(detail::deadline_of(from_now));
}

void Timeout::reschedule(Clock::time_point when) const
{
    scope_->reschedule(detail::deadline_of(std::optional{when}));
}

Timeout timeout(detail::TimeLimit limit)
{
    return Timeout{detail::make_ref<detail::TimeoutScope>(detail::deadline_of(limit))};
}

Timeout timeout_at(std::optional<Clock::time_point> when)
{
    return Timeout{detail::make_ref<detail::TimeoutScope>(detail::deadline_of(when))};
}

}  // namespace asyncio
