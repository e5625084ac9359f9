#pragma once

#include <machine/pin.hpp>

#include <optional>
#include <string_view>

namespace machine {

/// A pin with a meaning: on() is on, whether that is the high level or, inverted, the low one.
/// With the names of MicroPython's machine.Signal.
///
///     machine::Signal lamp(machine::Pin(17, machine::Pin::OUT, {}, 1), true);  // Off.
///     lamp.on();                                                               // Low.
///
/// A handle: copies are the same. Values are 0 and 1; every other number counts as 1. For the
/// loop's thread. Source: MicroPython docs/library/machine.Signal.rst.
class Signal {
public:
    /// A signal on a pin, which stays as it is.
    explicit Signal(Pin pin, bool invert = false);
    /// A signal on the pin with this number or name, set up as Pin does it; but `value` is the
    /// signal's: 0 is off, also when it is inverted. Throws as Pin does.
    explicit Signal(int id, std::optional<Mode> mode = {}, std::optional<Bias> pull = {},
                    std::optional<int> value = {}, bool invert = false);
    explicit Signal(std::string_view id, std::optional<Mode> mode = {},
                    std::optional<Bias> pull = {}, std::optional<int> value = {},
                    bool invert = false);

    /// 1 when it is on, else 0. Throws OSError.
    [[nodiscard]] int value() const { return turned(pin_.value()); }
    /// On for all but 0; what Pin::value() says holds here too. Throws OSError.
    void value(int value) { pin_.value(turned(value)); }

    [[nodiscard]] int operator()() const { return value(); }
    void operator()(int new_value) { value(new_value); }

    void on() { value(1); }
    void off() { value(0); }

    [[nodiscard]] const Pin& pin() const noexcept { return pin_; }
    [[nodiscard]] bool inverted() const noexcept { return invert_; }

private:
    [[nodiscard]] int turned(int value) const noexcept { return (value != 0) != invert_ ? 1 : 0; }

    Pin pin_;
    bool invert_;
};

}  // namespace machine
