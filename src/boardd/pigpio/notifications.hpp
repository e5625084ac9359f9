#pragma once

#include "boardd/board.hpp"
#include "boardd/pigpio/gpio_watch.hpp"
#include "boardd/pigpio/message.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>

namespace boardd::pigpio {

/// Where the reports of a handle go: a connection.
class ReportSink {
public:
    ReportSink() = default;
    ReportSink(const ReportSink&) = delete;
    ReportSink& operator=(const ReportSink&) = delete;

    /// Takes a whole report. Must not call Notifications.
    virtual void send_report(const Report& report) noexcept = 0;

protected:
    ~ReportSink() = default;
};

/// What clients are told without asking: the notification handles, shared by all connections.
///
/// A change of a level goes to the handles whose mask has its bit. As every client finds out
/// what changed by comparing with the last level word it saw, the other handles get the new word
/// too (`sync_reports`), except for software PWM: else a client that did not watch the pin
/// would take the next edge for no change.
class Notifications final : private GpioWatch::Listener {
public:
    using Handle = std::uint32_t;

    static constexpr std::size_t max_handles = 1024;
    static constexpr std::size_t max_handles_per_sink = 8;
    static constexpr Time keep_alive = std::chrono::seconds{60};

    Notifications(Board& board, std::uint64_t exposed, bool sync_reports);
    ~Notifications();

    /// The lowest handle that is free; none when there are too many. It begins paused.
    /// Requires: the sink outlives the handle.
    [[nodiscard]] std::optional<Handle> open(ReportSink& sink);
    /// These three give false when there is no such handle.
    [[nodiscard]] bool begin(Handle handle, std::uint32_t gpios);
    [[nodiscard]] bool set_events(Handle handle, std::uint32_t events);
    [[nodiscard]] bool close(Handle handle);
    /// Frees the handles of a connection that ends.
    void close_all(const ReportSink& sink);
    [[nodiscard]] std::size_t handles() const noexcept { return handles_.size(); }

    /// Reports the event to the handles whose event mask has it.
    void trigger(unsigned event);

    /// The level word of the latest report, and a report of it for one handle.
    [[nodiscard]] std::uint32_t levels() const noexcept { return levels_; }
    void report_levels(Handle handle);

    /// Filters and watchdogs of a GPIO from 0 to 31.
    [[nodiscard]] GpioWatch& gpio(unsigned number) noexcept { return *gpios_[number]; }

private:
    struct Subscriber {
        ReportSink* sink = nullptr;
        std::uint32_t gpios = 0;
        std::uint32_t events = 0;
        std::uint32_t known_levels = 0;  // What it was told last.
        unsigned next_number = 0;
        Time last_report{};
    };

    void level_changed(unsigned gpio, FilteredLevel change, bool by_pwm) override;
    bool watchdog_barked(unsigned gpio) override;
    void board_changed(const LevelChange& change);
    void keep_alive_due();
    void report(Subscriber& subscriber, unsigned flags, Time time);
    [[nodiscard]] Subscriber* find(Handle handle);

    Board& board_;
    std::uint64_t exposed_;
    bool sync_reports_;
    std::uint32_t levels_ = 0;
    std::map<Handle, Subscriber> handles_;
    std::array<std::unique_ptr<GpioWatch>, 32> gpios_;
    Alarm keep_alive_alarm_;
    Board::Subscription subscription_;
};

/// A time in the protocol's microseconds, which wrap every 71.6 minutes.
[[nodiscard]] constexpr std::uint32_t to_tick(Time time) noexcept
{
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(time.count()) / 1000);
}

}  // namespace boardd::pigpio
