#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace boardd {

/// The length of the UTF-8 sequence that `text` begins with; 0 if it is none. Overlong forms,
/// surrogates and what lies above U+10FFFF are none.
[[nodiscard]] std::size_t utf8_sequence(std::string_view text) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// `text` with everything that could confuse a terminal or a log made visible: control characters
/// and bytes that are not UTF-8 become \n, \t, \x1b ...; a backslash becomes two.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace boardd
