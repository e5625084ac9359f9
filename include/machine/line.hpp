#pragma once

#include <machine/edge.hpp>
#include <machine/edge_stream.hpp>

#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace machine {

/// What a line is for. as_is: whatever it is now; nothing is changed. An open drain only pulls low,
/// an open source only drives high; else they let go.
enum class Mode : std::uint8_t { as_is, in, out, open_drain, open_source };

/// The resistor inside the chip. as_is: whatever is set now; disabled: neither up nor down.
enum class Bias : std::uint8_t { as_is, disabled, up, down };

/// Where a line is: the line `offset`, counted from 0, of a chip.
class LineAddress {
public:
    LineAddress() = default;
    LineAddress(std::string of_chip, unsigned at_offset)
        : chip{std::move(of_chip)}, offset{at_offset}
    {
    }

    /// "gpiochip0:17".
    [[nodiscard]] std::string to_string() const { return chip + ':' + std::to_string(offset); }
    [[nodiscard]] auto operator<=>(const LineAddress&) const = default;

    std::string chip;  ///< The kernel's name, "gpiochip0"; "simulated" on the simulated board.
    unsigned offset = 0;
};

/// How a line is to be set up.
class LineConfig {
public:
    LineConfig() = default;
    explicit LineConfig(Mode with_mode, Bias with_bias = Bias::as_is,
                        std::optional<bool> with_value = {}, bool is_active_low = false,
                        std::optional<std::chrono::microseconds> with_debounce = {})
        : mode{with_mode}, bias{with_bias}, value{with_value}, active_low{is_active_low},
          debounce{with_debounce}
    {
    }

    [[nodiscard]] bool operator==(const LineConfig&) const = default;
    /// Does the line drive: out, open_drain or open_source?
    [[nodiscard]] bool output() const noexcept
    {
        return mode == Mode::out || mode == Mode::open_drain || mode == Mode::open_source;
    }

    Mode mode = Mode::as_is;
    Bias bias = Bias::as_is;
    std::optional<bool> value;  ///< Of outputs, from the first moment; none: see configure().
    bool active_low = false;  ///< Value 1 is the low level; edges turn round as well.
    /// Of inputs: value and edges follow the level once it has been the same for so long; the
    /// edge has the time of that moment. 0: at once; none: as it is.
    std::optional<std::chrono::microseconds> debounce;

    static constexpr std::chrono::microseconds max_debounce = std::chrono::minutes{1};
};

/// What is known of a line, whether anybody uses it or not.
class LineInfo {
public:
    LineInfo() = default;

    LineAddress address;
    std::string name;  ///< "GPIO17", or empty.
    std::string consumer;  ///< Who uses it, in the user's own words; empty: nobody or not told.
    bool used = false;  ///< By this process, another one, or the kernel itself.
    bool output = false;  ///< Its direction.
    bool active_low = false;
    Bias bias = Bias::as_is;  ///< as_is: not known.
};

/// One line of a chip, requested for this object alone: what Pin and boardd are built on.
///
/// The line is released, and so free for others, when the object goes. An output gets its value
/// together with its direction, and is never let go between a change of mode and its value: no
/// level shows that nobody asked for.
///
/// Edges are reported once watch() or edge() was called, in order, whatever the mode is then:
/// - of an input, those that the chip sees, with its timestamps;
/// - of an output, each change of value that this object makes, with the time of the change.
/// What an input reads at the moment it becomes one is no edge: call value() after configure().
///
/// All members are for the loop's thread. Source: the kernel's Documentation/userspace-api/gpio.
class Line {
public:
    /// Requests the line. `consumer` is what others see who ask for its user.
    /// Throws OSError, EBUSY when anybody uses the line already, this process included; and
    /// std::invalid_argument when there is no such line. Outside of tasks, as when a program
    /// starts, a line that another process has is asked for again for a quarter of a second: that
    /// one may just be ending. In a task EBUSY comes at once, and who wants to try again sleeps in
    /// between.
    explicit Line(const LineAddress& address, const LineConfig& config = LineConfig{},
                  const std::string& consumer = "asyncio");
    Line(Line&&) noexcept;
    Line& operator=(Line&&) noexcept;
    ~Line();

    [[nodiscard]] const LineAddress& address() const noexcept;
    /// Its name, "GPIO17"; without one its address, "gpiochip0:17".
    [[nodiscard]] const std::string& name() const noexcept;

    /// What the line is set up as now. `mode` is never as_is. `value` is what was set last, of
    /// inputs too (see value()); none if nothing was. `debounce` is never none.
    [[nodiscard]] const LineConfig& config() const noexcept;

    /// Changes the line in place. as_is leaves mode or bias. An output without a value gets what
    /// was set last, and if nothing was, it keeps the level that the line has.
    /// The kernel debounces where it can (Linux 5.10), else this object does, with the same result.
    /// Throws std::invalid_argument for a time to debounce that is negative or longer than
    /// max_debounce, and OSError; the line is then put back to what it was, and if that fails too,
    /// who waits for its edges gets the error. Before Linux 5.10 an input whose edges begin or end
    /// to be reported is let go for a moment, and edges in between are missed: if another process
    /// takes it then, every call throws until configure() succeeds.
    void configure(const LineConfig& config);

    /// The value, 0 or 1: what the line reads, of outputs too; of an input that is debounced, the
    /// last that was steady. Throws OSError.
    [[nodiscard]] int value() const;

    /// Sets the value of an output; 0 of an open drain pulls low, 1 lets go; 1 of an open source
    /// drives high, 0 lets go. Of an input:
    /// remembered, and taken by the next configure() to an output which gives no value.
    /// Throws OSError.
    void value(int value);

    /// Calls `handler` for each edge from now on, in a task of the loop; instead of the handler
    /// that was there. Empty: stops. What the handler throws goes to the loop's exception
    /// handler, and the next edge is reported all the same. In a loop after this one call it
    /// again: on a real board edges are read by a task, which goes with its loop. Throws OSError;
    /// then the handler that was there stays.
    void watch(EdgeHandler handler);

    /// Waits for the next edge: `Edge edge = co_await line.edge();`, or with a time limit
    /// `co_await asyncio::timeout(100ms, line.edge())`; see EdgeStream::next().
    ///
    /// From the first call on edges are kept, 1024 of them, so none is lost between two waits
    /// (what comes then is, and is counted); those that `trigger` does not name are skipped.
    /// Does not yield when an edge is there.
    /// Throws CancelledError (no edge is taken), OSError, and RuntimeError when another task
    /// waits already, or when the line is released meanwhile.
    [[nodiscard]] EdgeWait edge(Trigger trigger = Trigger::both);

    /// The edges from now on, for another task than that of edge(): each stream has its own. The
    /// chip need not look for edges any more when the last stream is gone, watch() has no handler
    /// and edge() was never called. Throws OSError.
    [[nodiscard]] EdgeStream edges(Trigger trigger = Trigger::both);

    /// The last edge that was reported to anybody; none: none was yet.
    [[nodiscard]] std::optional<Edge> last_edge() const noexcept;

    /// How many edges were lost: those that found no room in the buffer of edge() or of watch(),
    /// both counted, and those that the kernel had no room for. (Linux before 5.10 does not tell
    /// of the latter, if libgpiod is 1.6: there two edges in one direction count as one that is
    /// lost.) Streams count theirs themselves.
    [[nodiscard]] std::uint64_t lost_edges() const noexcept;

private:
    class State;

    std::unique_ptr<State> state_;
};

}  // namespace machine
