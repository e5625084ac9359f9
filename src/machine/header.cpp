#include "machine/header.hpp"

#include "machine/names.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace machine::detail {

namespace {

constexpr int none = -1;  // Supply and ground.

constexpr std::array<int, 41> gpio_of_pin{
    none,                                                    // There is no pin 0.
    none, none, 2,  none, 3,    none, 4,    14, none, 15,    // 1 to 10
    17,   18,   27, none, 22,   23,   none, 24, 10,   none,  // 11 to 20
    9,    25,   11, 8,    none, 7,    0,    1,  5,    none,  // 21 to 30
    6,    12,   13, none, 19,   16,   26,   20, none, 21,    // 31 to 40
};

}  // namespace

std::optional<int> gpio_at_header_pin(std::string_view name)
{
    const std::string text = folded(name);
    int pin = -1;
    for (const std::string_view prefix : {"j8:", "board"}) {
        if (text.starts_with(prefix)) {
            pin = to_number(std::string_view{text}.substr(prefix.size()));
        }
    }
    if (pin < 0) {
        return std::nullopt;
    }
    const auto index = static_cast<std::size_t>(pin);
    if (index >= gpio_of_pin.size() || gpio_of_pin[index] == none) {
        throw std::invalid_argument{"cannot use '" + std::string{name} +
                                    "': that pin of the header is no GPIO"};
    }
    return gpio_of_pin[index];
}

bool is_header_label(std::string_view label) noexcept
{
    // Up to the Pi 4; the Pi 5, whose other chips have other labels; the simulated board.
    constexpr std::array<std::string_view, 3> labels{"pinctrl-bcm2", "pinctrl-rp1", "simulated"};
    return std::ranges::any_of(
        labels, [label](std::string_view start) { return label.starts_with(start); });
}

}  // namespace machine::detail
