#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace machine::detail {

/// The GPIO number at a pin of the Raspberry Pi's 40-pin header, by the names "J8:11" and
/// "BOARD11" in either case; none if it is no such name. Throws std::invalid_argument when that
/// pin of the header is no GPIO.
[[nodiscard]] std::optional<int> gpio_at_header_pin(std::string_view name);

/// Is this the label of a chip whose lines are at that header?
[[nodiscard]] bool is_header_label(std::string_view label) noexcept;

/// "BCM4", "J8:7" and "BOARD7" for all pins of the header whose GPIO is below `lines`.
[[nodiscard]] std::vector<std::string> header_names(unsigned lines);

}  // namespace machine::detail
