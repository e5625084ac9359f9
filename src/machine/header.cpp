#include "machine/header.hpp"

#include "machine/names.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <vector>

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

constexpr std::array<std::string_view, 2> prefixes{"j8:", "board"};  // In lower case.

}  // namespace

std::optional<int> gpio_at_header_pin(std::string_view name)
{
    const std::string text = folded(name);
    int pin = -1;
    std::size_t digits = 0;
    for (const std::string_view prefix : prefixes) {
        if (text.starts_with(prefix)) {
            digits = prefix.size();
            pin = to_number(std::string_view{text}.substr(digits));
        }
    }
    if (pin < 0) {
        return std::nullopt;
    }
    const auto index = static_cast<std::size_t>(pin);
    if (index >= gpio_of_pin.size()) {
        std::vector<std::string> near =
            near_numbers(name.substr(0, digits), name.substr(digits), gpio_of_pin.size());
        std::erase_if(near, [&](const std::string& candidate) {
            const int number = to_number(std::string_view{candidate}.substr(digits));
            return gpio_of_pin[static_cast<std::size_t>(number)] == none;
        });
        throw std::invalid_argument{"cannot use '" + std::string{name} +
                                    "': the header has no such pin" + hint(near)};
    }
    if (gpio_of_pin[index] == none) {
        throw std::invalid_argument{"cannot use '" + std::string{name} +
                                    "': that pin of the header is no GPIO"};
    }
    return gpio_of_pin[index];
}

std::vector<std::string> header_names(unsigned lines)
{
    std::vector<std::string> names;
    for (std::size_t pin = 0; pin < gpio_of_pin.size(); ++pin) {
        if (const int gpio = gpio_of_pin[pin];
            gpio != none && static_cast<unsigned>(gpio) < lines) {
            names.push_back("BCM" + std::to_string(gpio));
            names.push_back("J8:" + std::to_string(pin));
            names.push_back("BOARD" + std::to_string(pin));
        }
    }
    return names;
}

bool is_header_label(std::string_view label) noexcept
{
    // Up to the Pi 4; the Pi 5, whose other chips have other labels; the simulated board.
    constexpr std::array<std::string_view, 3> labels{"pinctrl-bcm2", "pinctrl-rp1", "simulated"};
    return std::ranges::any_of(
        labels, [label](std::string_view start) { return label.starts_with(start); });
}

}  // namespace machine::detail
