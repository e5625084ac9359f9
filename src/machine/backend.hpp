#pragma once

#include <machine/line.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace machine {

class SimulatedBoard;

namespace detail {

/// Who is told of a line's edges, on the loop's thread. What it throws goes to its own caller.
class EdgeSink {
public:
    EdgeSink(const EdgeSink&) = delete;
    EdgeSink& operator=(const EdgeSink&) = delete;

    /// `missed`: so many edges before this one were lost.
    virtual void edge(const Edge& edge, std::uint64_t missed) = 0;
    /// No more edges will come, because of an error.
    virtual void failed(std::exception_ptr error) = 0;

protected:
    EdgeSink() = default;
    ~EdgeSink() = default;
};

/// A line that is requested; it is let go with the object.
class LineDriver {
public:
    LineDriver() = default;
    LineDriver(const LineDriver&) = delete;
    LineDriver& operator=(const LineDriver&) = delete;
    virtual ~LineDriver();

    /// Sets the line up in place: an output is not let go on the way to another output. With
    /// `edges` an input reports its edges to the sink. Throws OSError.
    /// Requires: a mode other than as_is, and a value if it is an output.
    virtual void configure(const LineConfig& config, bool edges) = 0;

    /// Does it see to LineConfig::debounce?
    [[nodiscard]] virtual bool debounces() const noexcept { return false; }

    /// The loop may be another one than when edges were asked for: sees to it that they arrive.
    virtual void resume_edges() {}

    [[nodiscard]] virtual bool get() = 0;
    /// Requires: an output.
    virtual void set(bool value) = 0;
};

/// Something that shines.
class LedDriver {
public:
    LedDriver() = default;
    LedDriver(const LedDriver&) = delete;
    LedDriver& operator=(const LedDriver&) = delete;
    virtual ~LedDriver();

    /// 0 is dark, 255 as bright as it gets. Throw OSError.
    [[nodiscard]] virtual unsigned intensity() = 0;
    /// Requires: at most 255.
    virtual void intensity(unsigned value) = 0;

    /// What the kernel lets it shine for; of others none.
    [[nodiscard]] virtual std::vector<std::string> triggers() { return {}; }
    [[nodiscard]] virtual std::string trigger() { return "none"; }
    /// Requires: one of triggers().
    virtual void trigger(const std::string& name);
};

/// What makes pulses. With the object they stop; an output that was always high may stay so.
class PwmDriver {
public:
    PwmDriver() = default;
    PwmDriver(const PwmDriver&) = delete;
    PwmDriver& operator=(const PwmDriver&) = delete;
    virtual ~PwmDriver();

    /// Pulses from now on, or with other times from the next pulse on. Throws OSError.
    /// Requires: 0 <= high <= period, and period > 0.
    virtual void pulse(std::chrono::nanoseconds period, std::chrono::nanoseconds high) = 0;
    /// The output is low. Throws OSError.
    virtual void stop() = 0;

    [[nodiscard]] virtual bool software() const noexcept = 0;
    [[nodiscard]] virtual std::string where() const = 0;
};

/// A chip, as a person may call it.
class ChipInfo {
public:
    ChipInfo(std::string of_name, std::string of_path, std::string of_label, unsigned of_lines)
        : name{std::move(of_name)}, path{std::move(of_path)}, label{std::move(of_label)},
          lines{of_lines}
    {
    }

    std::string name;  ///< "gpiochip0"
    std::string path;  ///< "/dev/gpiochip0", empty where there is none.
    std::string label;  ///< "pinctrl-bcm2711"
    unsigned lines;
};

/// What a board is made of: the one seam between this layer and the hardware. Drivers keep
/// their backend alive.
class Backend : public std::enable_shared_from_this<Backend> {
public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend();

    /// "simulated" or "gpiod".
    [[nodiscard]] virtual std::string name() const = 0;
    /// In words: what it found.
    [[nodiscard]] virtual std::string description() const = 0;

    /// At least one.
    [[nodiscard]] virtual const std::vector<ChipInfo>& chips() const = 0;
    /// Requires: a line of a chip of chips(). Throws OSError.
    [[nodiscard]] virtual LineInfo info(const LineAddress& address) = 0;
    /// The level, whoever uses the line. Requires and throws as info() does.
    [[nodiscard]] virtual bool read(const LineAddress& address) = 0;
    /// The same where it changes nothing for anybody. Requires and throws as info() does.
    [[nodiscard]] virtual std::optional<bool> peek(const LineAddress& address)
    {
        return read(address);
    }

    /// Requests a line. In mode as_is nothing is changed. Requires and throws as info() does;
    /// a value if it is an output, and bias as_is if the mode is.
    [[nodiscard]] virtual std::unique_ptr<LineDriver> open(const LineAddress& address,
                                                           const LineConfig& config,
                                                           const std::string& consumer,
                                                           EdgeSink& sink) = 0;

    /// The names of the LEDs; their numbers count from 1 in this order.
    [[nodiscard]] virtual std::vector<std::string> leds() const = 0;
    /// LED `number`, from 1. Throws std::invalid_argument when there is none, and OSError.
    [[nodiscard]] virtual std::shared_ptr<LedDriver> open_led(unsigned number) = 0;

    /// The channel of PWM hardware with this name, "pwmchip0:1". Null: the name is none of a
    /// channel. Throws std::invalid_argument when there is no such channel, and OSError.
    [[nodiscard]] virtual std::unique_ptr<PwmDriver> open_pwm(std::string_view name) = 0;
    /// The channel that drives this line. Null: none, or it is not known that it does. Requires
    /// and throws as info() does.
    [[nodiscard]] virtual std::unique_ptr<PwmDriver> open_pwm(const LineAddress& address) = 0;

    [[nodiscard]] virtual SimulatedBoard* simulated() noexcept { return nullptr; }

    /// Throws std::invalid_argument unless a chip has this line.
    void check(const LineAddress& address) const;
};

[[nodiscard]] std::shared_ptr<Backend> make_simulated_backend();

}  // namespace detail
}  // namespace machine
