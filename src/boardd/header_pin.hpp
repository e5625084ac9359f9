#pragma once

#include <optional>
#include <string_view>

namespace boardd {

/// The GPIO number at a pin of the Raspberry Pi's 40-pin header, by the names "J8:11" and
/// "BOARD11"; none if it is no such name. Throws std::invalid_argument when that pin of the
/// header is no GPIO.
[[nodiscard]] std::optional<unsigned> gpio_at_header_pin(std::string_view name);

}  // namespace boardd
