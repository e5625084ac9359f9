#pragma once

#include <machine/line.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace machine {

class SimulatedBoard;

namespace detail {
class Backend;
class ChipInfo;
}  // namespace detail

/// The board this program runs on: which lines it has, what they are called, who uses them.
///
/// It is a real one (backend "gpiod") where there is a /dev/gpiochip*, else "simulated".
/// All members are for the loop's thread.
class Board {
public:
    /// For the library: `reason` says why it is this board; empty: what the backend found.
    explicit Board(std::shared_ptr<detail::Backend> backend, std::string reason);
    Board(const Board&) = delete;
    Board& operator=(const Board&) = delete;
    ~Board();

    /// "simulated" or "gpiod".
    [[nodiscard]] std::string backend() const;
    /// Which board and why: "simulated board: no /dev/gpiochip* found",
    /// "gpiod board: libgpiod 1.6.3, gpiochip0 (pinctrl-bcm2711, 58 lines)".
    [[nodiscard]] std::string description() const;

    /// All lines of all chips, in order. Asks for none of them. Throws OSError.
    [[nodiscard]] std::vector<LineInfo> lines() const;

    /// What is known of a line, without requesting it. Throws std::invalid_argument when there
    /// is no such line, and OSError.
    [[nodiscard]] LineInfo info(const LineAddress& address) const;

    /// The line's level now, 0 or 1, whoever in this process uses it. A line that nobody uses is
    /// requested for a moment as it is; when it is let go some drivers, those of the Raspberry Pi
    /// up to the 4 for example, make it an input, be it an output or one that serves a UART.
    /// Throws OSError, EBUSY when another process or the kernel has it.
    [[nodiscard]] int read(const LineAddress& address) const;

    /// The same if it changes nothing, as far as the kernel knows: of a line that this process
    /// uses, and of an unused input which the device tree gives no other function (I2C, UART, PWM);
    /// else nothing. The kernel does not know of pins that programs set through /dev/gpiomem.
    /// Throws as read() does.
    [[nodiscard]] std::optional<int> peek(const LineAddress& address) const;

    /// The line a person means: an alias; a number ("17", "BCM17"); a line name ("GPIO17"); a pin
    /// of the Raspberry Pi's header ("J8:11", "BOARD11"); a chip by name, path or label and its
    /// line ("gpiochip0:17", "/dev/gpiochip0:17", "pinctrl-rp1:17"). Upper and lower case are the
    /// same. ("led:ACT" is a name for LED.)
    /// Throws std::invalid_argument, which lists the nearest names or those that fit equally.
    [[nodiscard]] LineAddress find(std::string_view name) const;

    /// The line with this number: that line of the header's chip, which is the first with a label
    /// of a Raspberry Pi's (which may call its line 2 "SDA1", and a chip added to it another one
    /// "GPIO2"). Without one the line called GPIO<number>, else that line of the first chip that
    /// calls a line n "GPIOn", else of the first of all. Throws std::invalid_argument.
    [[nodiscard]] LineAddress find(int number) const;

    /// The at most `count` names that look most like `name`, best first, those of LEDs ("led:ACT")
    /// too: for error messages.
    [[nodiscard]] std::vector<std::string> nearest_names(std::string_view name,
                                                         std::size_t count = 3) const;

    /// The names of the LEDs, in the order of their numbers.
    [[nodiscard]] std::vector<std::string> leds() const;
    /// The number of the LED "led:ACT", as LED's constructor takes it. Throws
    /// std::invalid_argument, which lists the nearest names.
    [[nodiscard]] int find_led(std::string_view name) const;

    /// Gives a line a name of your own, which find() and so Pin accept.
    void alias(const std::string& name, const LineAddress& address);

    /// The simulated board behind it, or null.
    [[nodiscard]] SimulatedBoard* simulated() const noexcept;

    /// For the library.
    [[nodiscard]] const std::shared_ptr<detail::Backend>& implementation() const noexcept
    {
        return backend_;
    }

private:
    [[nodiscard]] std::optional<LineAddress> find_by_name(std::string_view name) const;
    /// Nothing if the header is not known, or has no such line.
    [[nodiscard]] std::optional<LineAddress> find_on_header(int number) const;
    [[nodiscard]] LineAddress find_on_chip(std::string_view chip, std::string_view line) const;
    [[nodiscard]] LineAddress find_on_chip(const detail::ChipInfo& chip,
                                           std::string_view line) const;
    [[nodiscard]] bool knows_header() const;
    [[nodiscard]] std::string header_chip() const;
    [[nodiscard]] unsigned header_lines() const;

    std::shared_ptr<detail::Backend> backend_;
    std::string reason_;
    std::vector<std::pair<std::string, LineAddress>> names_;  // Of all lines; they do not change.
    std::map<std::string, LineAddress, std::less<>> aliases_;
};

/// This program's board, chosen at the first use: as use_backend() says, else as the environment
/// variable MACHINE_BACKEND says, else "auto". Throws RuntimeError when hardware was demanded and
/// there is none that can be opened, or there is some which this process may not open;
/// std::invalid_argument for an unknown name in MACHINE_BACKEND.
[[nodiscard]] Board& board();

/// Chooses the board: "auto", "simulated" or "gpiod". "simulated" gives a fresh one each time.
/// Throws std::invalid_argument for another name, and RuntimeError as board() does, or while lines
/// or LEDs of the present board are in use.
void use_backend(std::string_view name);

}  // namespace machine
