#pragma once

#include <machine/line.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace machine {

/// A pin of the board, with the names of MicroPython's machine.Pin.
///
/// A Pin is a handle: copies, and other Pins made for the same line, are the same pin. The line
/// is released when the last of them goes; output drivers of real chips may let go then.
/// Values are 0 and 1; every other number counts as 1. All members are for the loop's thread.
/// Source: MicroPython docs/library/machine.Pin.rst.
class Pin {
public:
    static constexpr Mode IN = Mode::in;
    static constexpr Mode OUT = Mode::out;
    static constexpr Mode OPEN_DRAIN = Mode::open_drain;
    static constexpr Mode OPEN_SOURCE = Mode::open_source;  ///< MicroPython has no such thing.
    static constexpr Bias PULL_UP = Bias::up;
    static constexpr Bias PULL_DOWN = Bias::down;
    static constexpr Bias PULL_NONE = Bias::disabled;  ///< MicroPython's `None`.
    static constexpr Trigger IRQ_RISING = Trigger::rising;
    static constexpr Trigger IRQ_FALLING = Trigger::falling;

    using Handler = std::function<void(Pin)>;

    /// The pin with this number (17 is GPIO17), see Board::find(). What is not given stays as it
    /// is; an output has `value` from the first moment, else what was set before, else the level
    /// that the line has.
    /// Throws std::invalid_argument when there is no such pin, and OSError when it cannot be had:
    /// "cannot request line 17 of '/dev/gpiochip0': Device or resource busy"; see Line about that.
    explicit Pin(int id, std::optional<Mode> mode = {}, std::optional<Bias> pull = {},
                 std::optional<int> value = {});
    /// The pin with this name: "GPIO17", "17", "gpiochip0:17", an alias; see Board::find().
    explicit Pin(std::string_view id, std::optional<Mode> mode = {}, std::optional<Bias> pull = {},
                 std::optional<int> value = {});
    /// The pin at this address.
    explicit Pin(const LineAddress& id, std::optional<Mode> mode = {},
                 std::optional<Bias> pull = {}, std::optional<int> value = {});

    /// Changes what is given and leaves the rest. Throws OSError.
    void init(std::optional<Mode> mode = {}, std::optional<Bias> pull = {},
              std::optional<int> value = {});

    /// The level that the pin reads, whatever its mode. Throws OSError.
    [[nodiscard]] int value() const;
    /// Sets an output. On IN it is remembered, and taken when the pin becomes an output.
    /// OPEN_DRAIN: 0 pulls low, 1 lets go. OPEN_SOURCE: 1 drives high, 0 lets go. Throws OSError.
    void value(int value);

    /// The same as value().
    [[nodiscard]] int operator()() const { return value(); }
    void operator()(int new_value) { value(new_value); }

    void on() { value(1); }
    void off() { value(0); }
    /// Sets the opposite of what was set last (of an output that means: of its value).
    void toggle();

    [[nodiscard]] Mode mode() const noexcept;
    void mode(Mode mode) { init(mode); }
    /// The pull that was set; Bias::as_is when it is not known.
    [[nodiscard]] Bias pull() const noexcept;
    void pull(Bias pull) { init({}, pull); }

    /// Lets the value and the edges of an input follow its level once that has been the same for
    /// `period`: a switch that bounces gives one edge. 0: at once. It is the pin's: all who wait
    /// for its edges get them so, and what was set last counts. MicroPython has no such thing.
    /// Throws std::invalid_argument unless it is 0 to a minute, and OSError.
    void debounce(std::chrono::microseconds period);
    [[nodiscard]] std::chrono::microseconds debounce() const noexcept;

    /// Calls `handler` with this pin for each such edge, in a task of the loop, instead of the
    /// handler that was there; empty: no more. What it throws goes to the loop's exception handler.
    /// The handler lasts as long as the pin has handles; do not capture one in it (it would keep
    /// itself alive), it gets one. In a loop after this one call it again, see Line::watch(), which
    /// also tells what is thrown.
    void irq(Handler handler, Trigger trigger = Trigger::both);

    /// Waits for the next edge: `machine::Edge edge = co_await pin.edge(Pin::IRQ_FALLING);`
    ///
    /// Once it was called edges are kept (1024 of them), so none is lost between two waits. See
    /// Line::edge() for errors.
    [[nodiscard]] EdgeWait edge(Trigger trigger = Trigger::both);

    /// The edges from now on, one after the other: `auto edges = pin.edges();` and then
    /// `co_await edges.next()`; each stream has its own. See EdgeStream. Throws OSError.
    [[nodiscard]] EdgeStream edges(Trigger trigger = Trigger::both);

    /// The last edge that was reported to anybody; none: none was yet.
    [[nodiscard]] std::optional<Edge> last_edge() const noexcept;
    /// How many edges were lost because nobody fetched them in time.
    [[nodiscard]] std::uint64_t lost_edges() const noexcept;

    /// Its name, "GPIO17".
    [[nodiscard]] const std::string& name() const noexcept;
    [[nodiscard]] const LineAddress& address() const noexcept;

    /// Do both mean the same pin?
    [[nodiscard]] bool operator==(const Pin&) const noexcept = default;

private:
    class State;
    class Registry;

    explicit Pin(std::shared_ptr<State> state) noexcept;

    std::shared_ptr<State> state_;
};

}  // namespace machine
