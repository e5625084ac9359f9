#include "boardd/pigpio/notifications.hpp"

#include "boardd/pigpio/protocol.hpp"

#include <algorithm>

namespace boardd::pigpio {

namespace {

constexpr std::uint32_t bit(unsigned number) { return std::uint32_t{1} << number; }

}  // namespace

Notifications::Notifications(Board& board, std::uint64_t exposed, bool sync_reports)
    : board_{board}, exposed_{exposed}, sync_reports_{sync_reports},
      keep_alive_alarm_{[this] { keep_alive_due(); }},
      subscription_{board.subscribe([this](const LevelChange& change) { board_changed(change); })}
{
    for (unsigned number = 0; number < gpios_.size(); ++number) {
        gpios_[number] =
            std::make_unique<GpioWatch>(number, static_cast<GpioWatch::Listener&>(*this));
    }
}

Notifications::~Notifications() = default;

std::optional<Notifications::Handle> Notifications::open(ReportSink& sink)
{
    const auto of_sink = std::count_if(handles_.begin(), handles_.end(), [&](const auto& entry) {
        return entry.second.sink == &sink;
    });
    if (handles_.size() >= max_handles ||
        static_cast<std::size_t>(of_sink) >= max_handles_per_sink) {
        return std::nullopt;
    }
    // Now everybody learns what changed while nobody watched.
    (void)board_.levels(0, static_cast<std::uint32_t>(exposed_));
    Handle handle = 0;
    while (handles_.contains(handle)) {
        ++handle;
    }
    Subscriber& subscriber = handles_[handle];
    subscriber.sink = &sink;
    subscriber.known_levels = levels_;
    subscriber.last_report = now();
    if (!keep_alive_alarm_.is_set()) {
        keep_alive_alarm_.set(now() + keep_alive);
    }
    return handle;
}

bool Notifications::begin(Handle handle, std::uint32_t gpios)
{
    Subscriber* const subscriber = find(handle);
    if (subscriber == nullptr) {
        return false;
    }
    for (unsigned number = 0; number < gpios_.size(); ++number) {
        SharedPin* const pin = board_.gpio(number);
        if (pin == nullptr || (gpios & exposed_ & bit(number)) == 0) {
            continue;
        }
        pin->try_to_watch();
        gpios_[number]->restart_watchdog();
    }
    if (sync_reports_ && subscriber->known_levels != levels_) {
        report(*subscriber, 0, now());  // Software PWM has moved pins that it did not watch.
    }
    subscriber->gpios = gpios & static_cast<std::uint32_t>(exposed_);
    return true;
}

bool Notifications::set_events(Handle handle, std::uint32_t events)
{
    Subscriber* const subscriber = find(handle);
    if (subscriber != nullptr) {
        subscriber->events = events;
    }
    return subscriber != nullptr;
}

bool Notifications::close(Handle handle) { return handles_.erase(handle) != 0; }

void Notifications::close_all(const ReportSink& sink)
{
    std::erase_if(handles_, [&sink](const auto& entry) { return entry.second.sink == &sink; });
}

void Notifications::trigger(unsigned event)
{
    for (auto& [handle, subscriber] : handles_) {
        if ((subscriber.events & bit(event)) != 0) {
            report(subscriber, flag_event + event, now());
        }
    }
}

void Notifications::report_levels(Handle handle)
{
    if (Subscriber* const subscriber = find(handle)) {
        report(*subscriber, 0, now());
    }
}

void Notifications::board_changed(const LevelChange& change)
{
    const std::optional<unsigned> number = change.pin->gpio();
    if (number && *number < gpios_.size() && (exposed_ & bit(*number)) != 0) {
        gpios_[*number]->change(FilteredLevel{change.level, change.time}, change.by_pwm);
    }
}

void Notifications::level_changed(unsigned gpio, FilteredLevel change, bool by_pwm)
{
    const std::uint32_t levels = change.level ? levels_ | bit(gpio) : levels_ & ~bit(gpio);
    if (levels == levels_) {
        return;
    }
    levels_ = levels;
    gpios_[gpio]->restart_watchdog();
    for (auto& [handle, subscriber] : handles_) {
        const bool wanted = (subscriber.gpios & bit(gpio)) != 0;
        if (wanted || (sync_reports_ && !by_pwm)) {
            report(subscriber, 0, change.time);
        }
    }
}

bool Notifications::watchdog_barked(unsigned gpio)
{
    bool heard = false;
    for (auto& [handle, subscriber] : handles_) {
        if ((subscriber.gpios & bit(gpio)) != 0) {
            report(subscriber, flag_watchdog + gpio, now());
            heard = true;
        }
    }
    return heard;
}

void Notifications::keep_alive_due()
{
    const Time time = now();
    Time next = Time::max();
    for (auto& [handle, subscriber] : handles_) {
        if (subscriber.last_report + keep_alive <= time) {
            report(subscriber, flag_keep_alive, time);
        }
        next = std::min(next, subscriber.last_report + keep_alive);
    }
    if (next != Time::max()) {
        keep_alive_alarm_.set(next);
    }
}

void Notifications::report(Subscriber& subscriber, unsigned flags, Time time)
{
    subscriber.last_report = now();
    subscriber.known_levels = levels_;
    subscriber.sink->send_report(Report{subscriber.next_number++, flags, to_tick(time), levels_});
}

Notifications::Subscriber* Notifications::find(Handle handle)
{
    const auto found = handles_.find(handle);
    return found == handles_.end() ? nullptr : &found->second;
}

}  // namespace boardd::pigpio
