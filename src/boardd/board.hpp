#pragma once

#include "boardd/clock.hpp"
#include "boardd/config.hpp"
#include "boardd/pin_error.hpp"
#include "boardd/shared_pin.hpp"

#include <machine/board.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace boardd {

/// A level that changed.
struct LevelChange {
    SharedPin* pin;
    bool level;
    Time time;    ///< On the loop's clock; for an input the kernel's timestamp of the edge.
    bool by_pwm;  ///< One of the many edges of software PWM.
};

/// The pins of the board, shared by all clients over all protocols.
///
/// All of it is for the loop's thread. Pins live as long as the board.
class Board {
public:
    using Observer = std::function<void(const LevelChange&)>;
    using Pins = std::map<std::string, PinConfig, std::less<>>;

    /// Observes as long as it lives; may outlive the board.
    using Subscription = std::shared_ptr<const Observer>;

    static constexpr unsigned gpio_count = 54;

    /// Gives the configured pins their aliases, modes, pulls and levels. Throws PinError when a
    /// configured line does not exist, is busy, or two aliases mean the same line.
    /// Requires: `lines` outlives the board.
    explicit Board(machine::Board& lines, const Pins& pins = {});
    Board(const Board&) = delete;
    Board& operator=(const Board&) = delete;
    ~Board();

    /// Which board and why: "simulated board: no /dev/gpiochip* found".
    [[nodiscard]] std::string description() const { return lines_.description(); }
    [[nodiscard]] bool simulated() const noexcept { return lines_.simulated() != nullptr; }

    /// The pin that a person calls so: an alias, "GPIO17", "17", "J8:11" (the header's pin),
    /// "gpiochip0:17" or the name of a line. Throws PinError (unknown), with similar names.
    [[nodiscard]] SharedPin& find(std::string_view name);
    /// The pin with this GPIO number, or null.
    [[nodiscard]] SharedPin* gpio(unsigned number) noexcept;
    /// Every pin, in the board's order.
    [[nodiscard]] const std::vector<std::unique_ptr<SharedPin>>& pins() const noexcept
    {
        return pins_;
    }

    /// The levels now, bit by bit, of GPIO 0-31 (bank 0) or 32-53 (bank 1) as far as they are
    /// in `mask`. Claims none: what cannot be read so counts as it was last seen, at first as 0.
    [[nodiscard]] std::uint32_t levels(unsigned bank, std::uint32_t mask = ~std::uint32_t{0});

    /// Calls `observer` for every level change that is seen, as long as the subscription lives.
    /// It is called at once, also in the middle of SharedPin::write(): it must not throw, and
    /// must not change pins.
    [[nodiscard]] Subscription subscribe(Observer observer);
    /// How many places of observers are kept, some of them maybe of one that has just left.
    [[nodiscard]] std::size_t observer_count() const noexcept { return observers_.size(); }

    /// Ends PWM and gives every output that has one its `on_stop` state. Returns what went
    /// wrong, a message each.
    [[nodiscard]] std::vector<std::string> stop();

private:
    friend class SharedPin;

    void publish(const LevelChange& change);
    void forget_who_left();
    [[nodiscard]] SharedPin& pin_at(const machine::LineAddress& address);

    machine::Board& lines_;
    std::vector<std::unique_ptr<SharedPin>> pins_;
    std::array<SharedPin*, gpio_count> gpios_{};
    std::vector<std::weak_ptr<const Observer>> observers_;
    unsigned publishing_ = 0;
};

}  // namespace boardd
