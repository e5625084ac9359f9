#include "machine/presses.hpp"

#include "machine/clock.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/timeout.hpp>

#include <algorithm>
#include <utility>

namespace machine::detail {

using std::chrono::nanoseconds;

Presses::Presses(EdgeStream edges, bool pressed_is_rising, nanoseconds hold_time, bool hold_repeat,
                 std::function<bool()> pressed)
    : edges_{std::move(edges)}, pressed_is_rising_{pressed_is_rising}, hold_time_{hold_time},
      hold_repeat_{hold_repeat}, pressed_{std::move(pressed)}
{
}

void Presses::begin_pressed()
{
    press_.emplace(now());
    press_->assumed = true;
}

asyncio::Coroutine<ButtonEvent> Presses::next(asyncio::detail::Ref<Presses> self,
                                              ButtonEvents wanted)
{
    for (;;) {
        if (const std::optional<ButtonEvent> event = self->tell(wanted)) {
            co_return *event;
        }
        if ((wanted & only(ButtonEvent::hold)) == 0 || !self->may_be_held()) {
            co_await fetch(self);
            continue;
        }
        const bool time_over = co_await fetch_or_hold(self);
        if (!time_over) {
            continue;
        }
        co_await asyncio::sleep_ms(0);  // Where the loop is late, so are the edges.
        if (self->take_kept()) {
            continue;  // Their times decide.
        }
        // The edge of its end may be lost: then the press was shorter.
        if (self->pressed_()) {
            self->count_hold();
            co_return ButtonEvent::hold;
        }
        self->press_->more_holds = false;
    }
}

std::optional<ButtonEvent> Presses::tell(ButtonEvents wanted)
{
    if (!press_) {
        return std::nullopt;
    }
    if ((wanted & only(ButtonEvent::press)) != 0 && !std::exchange(press_->told, true)) {
        return ButtonEvent::press;
    }
    if ((wanted & only(ButtonEvent::hold)) != 0 && press_->end && press_->more_holds &&
        next_hold() <= *press_->end) {
        count_hold();
        return ButtonEvent::hold;
    }
    if ((wanted & only(ButtonEvent::release)) != 0 && press_->end &&
        !std::exchange(press_->end_told, true)) {
        press_->told = true;
        press_->more_holds = false;
        return ButtonEvent::release;
    }
    return std::nullopt;
}

void Presses::count_hold() noexcept
{
    press_->told = true;
    ++press_->holds;
    press_->more_holds = hold_repeat_;
}

bool Presses::may_be_held() const noexcept { return press_ && !press_->end && press_->more_holds; }

nanoseconds Presses::next_hold() const noexcept
{
    const std::int64_t count = press_->holds + 1;
    const bool fits = count <= (nanoseconds::max() - press_->at) / hold_time_;
    return fits ? press_->at + count * hold_time_ : nanoseconds::max();
}

asyncio::Coroutine<bool> Presses::fetch_or_hold(asyncio::detail::Ref<Presses> self)
{
    const nanoseconds left = std::max(nanoseconds{0}, self->next_hold() - now());
    try {
        // It takes the edge itself: one that comes together with a cancel is not lost.
        co_await asyncio::timeout(left, fetch(self));
    } catch (const asyncio::TimeoutError&) {
        co_return true;
    }
    co_return false;
}

asyncio::Coroutine<> Presses::fetch(asyncio::detail::Ref<Presses> self)
{
    const Edge edge = co_await self->edges_.next();
    self->take(edge);
}

bool Presses::take_kept()
{
    EdgeWait kept = edges_.next();
    if (!kept.await_ready()) {
        return false;
    }
    take(kept.await_resume());
    return true;
}

void Presses::take(const Edge& edge)
{
    if (edge.rising == pressed_is_rising_) {
        if (press_ && std::exchange(press_->assumed, false) && !press_->end) {
            press_->at = edge.timestamp;
            return;
        }
        press_.emplace(edge.timestamp);
        return;
    }
    if (!press_ || press_->end) {  // Its press is lost, or was before our time.
        press_.emplace(edge.timestamp);
        press_->told = true;
        press_->more_holds = false;
    }
    press_->end = edge.timestamp;
}

}  // namespace machine::detail
