#pragma once

#include "boardd/board.hpp"
#include "boardd/text/event_queue.hpp"

#include <functional>
#include <set>
#include <utility>

namespace boardd::text {

/// The pins that one client watches: turns their level changes into lines of its event queue.
///
/// The many edges of PWM are not reported. It is told what to do by the session, and sees the
/// changes from whoever makes them; it never waits.
class Watcher {
public:
    /// `arrived` is called after each event. Requires: board and queue outlive the watcher.
    Watcher(Board& board, EventQueue& events, std::function<void()> arrived);
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    /// Adds a pin. Throws PinError if the board cannot watch it.
    void add(SharedPin& pin);
    void remove(SharedPin& pin);
    void remove_all();

    [[nodiscard]] bool watches_any() const noexcept { return !pins_.empty(); }

private:
    void on_change(const LevelChange& change);

    Board& board_;
    EventQueue& events_;
    std::function<void()> arrived_;
    std::set<const SharedPin*> pins_;
    Board::Subscription subscription_;  // Only while there are pins: it costs time at each change.
};

/// What people are shown for a level of the wire, or the level for what they say.
[[nodiscard]] inline bool turned(const SharedPin& pin, bool level)
{
    return level != pin.active_low();
}

}  // namespace boardd::text
