#pragma once

#include "boardd/config.hpp"
#include "boardd/pin_error.hpp"
#include "boardd/soft_pwm.hpp"

#include <machine/line.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace boardd {

class Board;

/// One pin of the board, shared by all clients of the daemon.
///
/// Its line is claimed at the first use that needs it and kept until the daemon ends, so that no
/// output is let go between two commands. Levels are those of the wire; who shows them to people
/// inverts them where active_low() says so. Everything here is for the loop's thread, takes no
/// time, and throws PinError when it is refused.
class SharedPin {
public:
    SharedPin(Board& board, const machine::LineInfo& info);
    SharedPin(const SharedPin&) = delete;
    SharedPin& operator=(const SharedPin&) = delete;
    ~SharedPin();

    /// The number that pigpio's clients use, the 17 in "GPIO17"; lines elsewhere have none.
    [[nodiscard]] std::optional<unsigned> gpio() const noexcept { return gpio_; }
    [[nodiscard]] const std::string& line_name() const noexcept { return line_name_; }
    [[nodiscard]] const std::string& location() const noexcept { return location_; }
    [[nodiscard]] const std::string& alias() const noexcept { return config_.alias; }
    /// The alias, else the line's name, else its location "gpiochip0:17".
    [[nodiscard]] const std::string& name() const noexcept;
    [[nodiscard]] bool active_low() const noexcept { return config_.active_low; }
    /// Its table in the configuration; an empty one if it has none.
    [[nodiscard]] const PinConfig& config() const noexcept { return config_; }

    [[nodiscard]] PinMode mode() const;
    [[nodiscard]] PinPull pull() const;
    /// The level now, of an output too. Claims the pin if nothing else keeps it as it is.
    [[nodiscard]] bool read();
    /// The same if the pin need not be claimed for it; else nothing.
    [[nodiscard]] std::optional<bool> peek() const;
    /// Does the daemon hold the line?
    [[nodiscard]] bool claimed() const noexcept { return line_.has_value(); }
    [[nodiscard]] bool is_output() const { return mode() != PinMode::in; }

    /// Changes the direction, or only claims the pin when it is right already. An input that
    /// becomes an output starts with `level`, or with the level it has, so that the wire shows
    /// no glitch. Ends PWM and servo pulses.
    void set_mode(PinMode mode, std::optional<bool> level = {});
    void set_pull(PinPull pull);
    /// Makes the pin an output (an open drain stays one) with this level, in one step. Ends PWM
    /// and servo pulses.
    void write(bool level);

    /// Claims the pin and lets its level changes be seen: edge detection, for an input.
    void watch();
    /// The same; a failure is logged, once: the changes are seen when the pin is read.
    void try_to_watch();
    [[nodiscard]] bool watched() const noexcept { return watched_; }

    /// Software PWM and servo pulses.
    [[nodiscard]] SoftPwm& pwm() noexcept { return pwm_; }
    [[nodiscard]] const SoftPwm& pwm() const noexcept { return pwm_; }

    /// What a hand on the simulated board would do: drives the wire from outside, or lets go of it
    /// when there is no level. Throws PinError (unsupported) on a real board.
    void simulate(std::optional<bool> level);

private:
    friend class Board;
    friend class SoftPwm;

    void claim();
    void configure(const machine::LineConfig& config);
    void drive(bool level, bool by_pwm);
    void on_edge(const machine::Edge& edge);
    /// Reads the level and tells the observers if it is another than the one they know.
    void refresh();
    void note(bool level, Time time, bool by_pwm);
    void apply(const PinConfig& config);
    void apply_on_stop();

    Board& board_;
    machine::LineAddress address_;
    std::string line_name_;
    std::string location_;
    std::optional<unsigned> gpio_;
    PinConfig config_;
    std::optional<machine::Line> line_;
    bool watched_ = false;
    bool blind_ = false;  // It was logged that its edges cannot be seen.
    bool known_ = false;  // The level that the observers know.
    Time settled_{};  // Edges up to here are known already.
    std::uint64_t lost_ = 0;  // Edges that the line has lost so far.
    SoftPwm pwm_;
};

}  // namespace boardd
