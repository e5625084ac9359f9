#pragma once

#include <machine/pin.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace machine {

namespace detail {
class PwmDriver;
}

/// Pulse width modulation, with the names of MicroPython's machine.PWM.
///
///     machine::PWM pwm("GPIO18", 1000);  // 1000 pulses in a second
///     pwm.duty_u16(32768);               // that are high for half of the time
///
/// A handle: copies are the same. When the last goes, the output is low and let go. It pulses once
/// both a frequency and a duty are set. For the loop's thread.
/// Source: MicroPython docs/library/machine.PWM.rst.
class PWM {
public:
    /// The highest frequency of a pin, in Hz: a task of the loop makes its pulses.
    static constexpr unsigned max_software_freq = 10'000;

    /// On a pin, which becomes an output, low, if it is none: in software, so edges come as late as
    /// the loop is busy. (Who has a Pin has taken its line away from other hardware.) freq 0: not
    /// set. At most one of duty_u16 and duty_ns is given. Throws std::invalid_argument as init()
    /// does, and then has changed nothing; and OSError.
    explicit PWM(Pin dest, unsigned freq = 0, std::optional<unsigned> duty_u16 = {},
                 std::optional<std::int64_t> duty_ns = {});
    /// On the pin with this number, name (see Pin) or address: on its channel of the kernel's PWM
    /// hardware, where it is known that one drives it (a Raspberry Pi's GPIO12, 13, 18 and 19 with
    /// dtoverlay=pwm or pwm-2chan) and nobody has requested the line; else in software, as above.
    /// software() tells which. Throws as above and as Pin does; OSError also when the channel
    /// cannot be had, EBUSY when another program or a driver of the kernel has it. Until udev has
    /// given a new channel to its group, the call may block, for a second at most, and for a tenth
    /// when somebody has the channel.
    explicit PWM(int dest, unsigned freq = 0, std::optional<unsigned> duty_u16 = {},
                 std::optional<std::int64_t> duty_ns = {});
    explicit PWM(const LineAddress& dest, unsigned freq = 0, std::optional<unsigned> duty_u16 = {},
                 std::optional<std::int64_t> duty_ns = {});
    /// Likewise; or on the channel with this name, "pwmchip0:1" (of /sys/class/pwm). Throws
    /// std::invalid_argument when there is none.
    explicit PWM(std::string_view dest, unsigned freq = 0, std::optional<unsigned> duty_u16 = {},
                 std::optional<std::int64_t> duty_ns = {});

    /// Sets what is given, in one step; the rest stays. Throws std::invalid_argument where freq(),
    /// duty_u16() and duty_ns() do, and for two duties, and OSError; then all stays as it was.
    void init(std::optional<unsigned> freq, std::optional<unsigned> duty_u16 = {},
              std::optional<std::int64_t> duty_ns = {});

    /// The frequency in Hz; 0: not set.
    [[nodiscard]] unsigned freq() const noexcept;
    /// Sets it, from the next pulse on. The duty keeps the share that duty_u16() gave it, or the
    /// time that duty_ns() gave it. Throws std::invalid_argument for 0, for more than a pin can,
    /// and OSError when the kernel refuses it; then it stays as it was, as duties do.
    void freq(unsigned hz);

    /// The share of the time at the high level, 0 to 65535 for all of it.
    [[nodiscard]] unsigned duty_u16() const noexcept;
    /// Throws std::invalid_argument for more than 65535, and OSError.
    void duty_u16(unsigned share);

    /// The time of a pulse at the high level, in ns; at most the period, once there is one.
    [[nodiscard]] std::int64_t duty_ns() const noexcept;
    /// Throws std::invalid_argument for a negative time, and OSError.
    void duty_ns(std::int64_t ns);

    /// Stops: the output is low. freq() and a duty start it again. Throws OSError.
    void deinit();

    /// Does a task of the loop make the pulses?
    [[nodiscard]] bool software() const noexcept;
    /// "software PWM on GPIO18", "hardware PWM on pwmchip0:1".
    [[nodiscard]] std::string description() const;

private:
    class State;

    class First;

    PWM(const LineAddress& dest, const First& first);
    void start(std::unique_ptr<detail::PwmDriver> driver, const First& first);

    std::shared_ptr<State> state_;
};

}  // namespace machine
