#pragma once

#include <machine/line.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace machine {

/// A level on the simulated board has changed.
class LevelChange {
public:
    LevelChange(std::string of_name, bool is_led, unsigned of_number, int new_level,
                std::chrono::nanoseconds at)
        : name{std::move(of_name)}, led{is_led}, number{of_number}, level{new_level}, timestamp{at}
    {
    }

    [[nodiscard]] bool operator==(const LevelChange&) const = default;

    std::string name;                    ///< "GPIO17" or "LED1".
    bool led;                            ///< A LED, not a line.
    unsigned number;                     ///< The line, or the LED (from 1).
    int level;                           ///< What it is now.
    std::chrono::nanoseconds timestamp;  ///< On the loop's clock, else CLOCK_MONOTONIC.
};

/// What a channel of the simulated PWM hardware does.
class PwmPulses {
public:
    PwmPulses() = default;

    [[nodiscard]] bool operator==(const PwmPulses&) const = default;

    std::chrono::nanoseconds period{};  ///< 0: it is stopped.
    std::chrono::nanoseconds high{};    ///< Of a period, at the high level.
};

/// The other side of the simulated board: the hands, wires and meters.
///
/// It looks like a Raspberry Pi: one chip "simulated" with lines 0 to 53 called GPIO0 to GPIO53,
/// LEDs 1 to 4, and PWM hardware "pwmchip0" with channels 0 and 1, which drives no line. What a
/// line's level is, the first that applies:
///  1. an output has its own value, even against a drive from outside (which is counted as a
///     contention); an open drain at 0 is low, an open source at 1 high;
///  2. what drives it from outside;
///  3. its pull: up is 1, down is 0;
///  4. else it floats, and keeps the level it had, 0 at the start: an open drain or
///     source that lets go needs a pull, as it does on a desk.
/// A line that nobody uses is an input; its pull stays as the last user set it.
///
/// With MACHINE_TRACE=1 in the environment every change of an output or a LED is written to
/// stderr, with the seconds since the board was made: "    0.705 LED1 1".
///
/// All members are for the loop's thread.
class SimulatedBoard {
public:
    static constexpr unsigned line_count = 54;
    static constexpr unsigned led_count = 4;
    static constexpr unsigned pwm_count = 2;

    using Observer = std::function<void(const LevelChange&)>;

    SimulatedBoard(const SimulatedBoard&) = delete;
    SimulatedBoard& operator=(const SimulatedBoard&) = delete;
    virtual ~SimulatedBoard();

    /// Forces a line's level from outside, as a button or a wire does; 0 is low, else high.
    /// Throws std::invalid_argument when there is no such line.
    virtual void drive(unsigned line, int level) = 0;
    /// Takes the wire off again.
    virtual void release(unsigned line) = 0;
    /// What a meter reads at the line: 0 or 1, for outputs too.
    [[nodiscard]] virtual int level(unsigned line) const = 0;
    /// Is LED `number` (1 to 4) lit? 0 or 1.
    [[nodiscard]] virtual int led(unsigned number) const = 0;
    /// The pulses of channel `channel` (0 or 1) of pwmchip0.
    [[nodiscard]] virtual PwmPulses pwm(unsigned channel) const = 0;
    /// How often an output and a drive from outside began to fight over a line.
    [[nodiscard]] virtual std::uint64_t contentions(unsigned line) const = 0;

    /// Calls `observer` for each change of a level, at once and in order, as long as the returned
    /// object lives. It may use the board; the changes it makes are reported after it returns. It
    /// must not throw.
    [[nodiscard]] virtual std::shared_ptr<void> observe(Observer observer) = 0;

protected:
    SimulatedBoard() = default;
};

/// The simulated board of board(). Throws RuntimeError when the board is a real one.
[[nodiscard]] SimulatedBoard& simulated_board();

}  // namespace machine
