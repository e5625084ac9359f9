#pragma once

#include <filesystem>
#include <set>
#include <string_view>

namespace machine::detail {

/// Which pins of a Raspberry Pi's chip the device tree makes something else than an input: those
/// in the state ("pinctrl-0") of any device that is not disabled.
///
/// The kernel does not tell it of a line, and lets everybody request such a one; when it is let go
/// the driver makes it an input, and a UART or I2C bus on it is dead. Many other chips keep pins
/// that have a function from being requested.
/// Source: the kernel's drivers/pinctrl/bcm/pinctrl-bcm2835.c, bcm2835_pmx_gpio_disable_free.
class PinFunctions {
public:
    /// `chip` is its name, "gpiochip0"; `sys` is /sys.
    PinFunctions(std::string_view chip, std::string_view label, const std::filesystem::path& sys);

    /// True too where nothing is known, since a container hides the device tree.
    [[nodiscard]] bool may_have_one(unsigned offset) const
    {
        return hidden_ || pins_.contains(offset);
    }

private:
    bool hidden_ = false;
    std::set<unsigned> pins_;
};

}  // namespace machine::detail
