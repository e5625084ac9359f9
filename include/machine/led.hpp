#pragma once

#include <machine/pin.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace machine {

namespace detail {
class LedDriver;
}

/// A light-emitting diode, with the names of MicroPython's pyb.LED.
///
/// A handle: copies are the same LED. All members are for the loop's thread.
/// Source: MicroPython docs/library/pyb.LED.rst.
class LED {
public:
    /// The LED with this number, from 1: on the simulated board 1 to 4, else the n-th of
    /// /sys/class/leds in the order of their names. It stays as it is. Throws
    /// std::invalid_argument when there is no such LED, and OSError when it cannot be written.
    explicit LED(int id);

    /// A LED on a pin, which becomes an output, dark, if it is none. LEDs on one pin are the same.
    explicit LED(Pin pin);

    /// The LED of the board with this name, LED("led:ACT") (on the simulated board "led:LED1" to
    /// "led:LED4"), or that of the pin with this name, LED("GPIO17"). Throws as the others do.
    explicit LED(std::string_view name);

    /// Lit, dark, or the other. Throw OSError.
    void on();
    void off();
    void toggle();

    /// 1 when it is lit, else 0. Throws OSError.
    [[nodiscard]] int value() const;
    /// Lit for all but 0.
    void value(int value);

    /// How bright it is, from 0, dark, to 255. Throws OSError.
    [[nodiscard]] int intensity() const;
    /// Sets it. The LED of a pin then shines by pulses that a task of the loop makes; an LED of the
    /// kernel that knows only lit and dark is lit. Throws std::invalid_argument unless it is 0 to
    /// 255, and OSError.
    void intensity(int value);

    /// What the kernel can let this LED shine for: "none", "heartbeat", "mmc0" ...; empty for an
    /// LED that is not the kernel's. Throws OSError.
    [[nodiscard]] std::vector<std::string> triggers() const;
    /// What it shines for now; "none": for its users. Whoever sets it on or off ends the other.
    [[nodiscard]] std::string trigger() const;
    /// Lets it shine for something. Throws std::invalid_argument, which lists the nearest names,
    /// and OSError.
    void trigger(std::string_view name);

private:
    std::shared_ptr<detail::LedDriver> driver_;
};

}  // namespace machine
