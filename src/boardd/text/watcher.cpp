#include "boardd/text/watcher.hpp"

#include "boardd/text/reply.hpp"

#include <chrono>
#include <string>

namespace boardd::text {

Watcher::Watcher(Board& board, EventQueue& events, std::function<void()> arrived)
    : board_{board}, events_{events}, arrived_{std::move(arrived)}
{
}

void Watcher::add(SharedPin& pin)
{
    pin.watch();
    pins_.insert(&pin);
    if (!subscription_) {
        subscription_ = board_.subscribe([this](const LevelChange& change) { on_change(change); });
    }
}

void Watcher::remove(SharedPin& pin)
{
    pins_.erase(&pin);
    if (pins_.empty()) {
        subscription_.reset();
    }
}

void Watcher::remove_all()
{
    pins_.clear();
    subscription_.reset();
}

void Watcher::on_change(const LevelChange& change)
{
    if (change.by_pwm || !pins_.contains(change.pin)) {
        return;
    }
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(change.time);
    events_.push("EVENT " + word(change.pin->name()) +
                 (turned(*change.pin, change.level) ? " 1 " : " 0 ") + std::to_string(us.count()) +
                 '\n');
    arrived_();
}

}  // namespace boardd::text
