#include "boardd/header_pin.hpp"

#include <array>
#include <charconv>
#include <stdexcept>
#include <string>

namespace boardd {

namespace {

constexpr int none = -1;  // Supply and ground.

constexpr std::array<int, 41> gpio_of_pin{
    none,                                                // There is no pin 0.
    none, none, 2,  none, 3,    none, 4,    14, none, 15,    // 1 to 10
    17,   18,   27, none, 22,   23,   none, 24, 10,   none,  // 11 to 20
    9,    25,   11, 8,    none, 7,    0,    1,  5,    none,  // 21 to 30
    6,    12,   13, none, 19,   16,   26,   20, none, 21,    // 31 to 40
};

}  // namespace

std::optional<unsigned> gpio_at_header_pin(std::string_view name)
{
    std::string_view digits;
    if (name.starts_with("J8:")) {
        digits = name.substr(3);
    } else if (name.starts_with("BOARD")) {
        digits = name.substr(5);
    }
    unsigned pin = 0;
    const char* const end = digits.data() + digits.size();
    if (digits.empty() || std::from_chars(digits.data(), end, pin).ptr != end) {
        return std::nullopt;
    }
    if (pin >= gpio_of_pin.size() || gpio_of_pin[pin] == none) {
        throw std::invalid_argument{"cannot use '" + std::string{name} +
                                    "': that pin of the header is no GPIO"};
    }
    return static_cast<unsigned>(gpio_of_pin[pin]);
}

}  // namespace boardd
