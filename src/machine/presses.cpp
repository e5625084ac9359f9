#include "machine/presses.hpp"

#include "machine/clock.hpp"
#include "machine/edge_queue.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/timeout.hpp>

#include <algorithm>
#include <utility>

namespace machine::detail {

using std::chrono::nanoseconds;

Presses::Presses(EdgeStream edges, std::string name, bool pressed_is_rising, nanoseconds hold_time,
                 bool hold_repeat, std::function<bool()> pressed)
    : edges_{std::move(edges)}, name_{std::move(name)}, pressed_is_rising_{pressed_is_rising},
      hold_time_{hold_time}, hold_repeat_{hold_repeat}, pressed_{std::move(pressed)}
{
}

void Presses::begin_pressed()
{
    press_.emplace(now());
    press_->assumed = true;
}

/// Somebody asks: unless it is answered, all is as before.
class Presses::Ask {
public:
    explicit Ask(Presses& presses) : presses_{presses}
    {
        if (std::exchange(presses_.asked_, true)) {
            throw asyncio::RuntimeError{"another task waits for the button '" + presses_.name_ +
                                        "' already"};
        }
        presses_.press_before_ = presses_.press_;
    }
    Ask(const Ask&) = delete;
    Ask& operator=(const Ask&) = delete;
    ~Ask()
    {
        if (!answered_) {
            presses_.press_ = presses_.press_before_;
            presses_.taken_.insert(presses_.taken_.end(), presses_.put_back_.begin(),
                                   presses_.put_back_.end());
            presses_.put_back_.swap(presses_.taken_);
        }
        presses_.taken_.clear();
        presses_.asked_ = false;
    }

    void answered() noexcept { answered_ = true; }

private:
    Presses& presses_;
    bool answered_ = false;
};

asyncio::Coroutine<ButtonEvent> Presses::next(asyncio::detail::Ref<Presses> self,
                                              ButtonEvents wanted)
{
    Ask ask{*self};
    for (;;) {
        if (const std::optional<ButtonEvent> event = self->tell(wanted)) {
            ask.answered();
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
            ask.answered();
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
    if (self->take_again()) {
        co_return;
    }
    const Edge edge = co_await self->edges_.next();
    self->take(edge);
}

bool Presses::take_again()
{
    if (put_back_.empty()) {
        return false;
    }
    const Edge edge = put_back_.front();
    put_back_.pop_front();
    take(edge);
    return true;
}

bool Presses::take_kept()
{
    if (take_again()) {
        return true;
    }
    EdgeWait kept = edges_.next();
    if (!kept.await_ready()) {
        return false;
    }
    take(kept.await_resume());
    return true;
}

void Presses::take(const Edge& edge)
{
    if (taken_.size() == EdgeQueue::capacity) {
        apply(taken_.front(), press_before_);
        taken_.pop_front();
    }
    taken_.push_back(edge);
    apply(edge, press_);
}

void Presses::apply(const Edge& edge, std::optional<Press>& press) const
{
    if (edge.rising == pressed_is_rising_) {
        if (press && std::exchange(press->assumed, false) && !press->end) {
            press->at = edge.timestamp;
            return;
        }
        press.emplace(edge.timestamp);
        return;
    }
    if (!press || press->end) {  // Its press is lost, or was before our time.
        press.emplace(edge.timestamp);
        press->told = true;
        press->more_holds = false;
    }
    press->end = edge.timestamp;
}

}  // namespace machine::detail
