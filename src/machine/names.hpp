#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace machine::detail {

/// In lower case (ASCII).
[[nodiscard]] std::string folded(std::string_view text);

/// A decimal number and nothing else; -1 if it is none or has more than six digits.
[[nodiscard]] int to_number(std::string_view text) noexcept;

/// How many letters must be changed, added or taken away to make one text of the other.
[[nodiscard]] std::size_t distance(std::string_view a, std::string_view b);

/// The at most `count` of `names` that are most like `name`, best first; those that have little
/// in common with it are left out. Upper and lower case are the same.
[[nodiscard]] std::vector<std::string> nearest(std::string_view name,
                                               const std::vector<std::string>& names,
                                               std::size_t count);

/// The names `prefix` + a number below `end` that differ from `prefix` + `number` in
/// one letter: what somebody may have meant whose number is too high.
[[nodiscard]] std::vector<std::string> near_numbers(std::string_view prefix,
                                                    std::string_view number, unsigned end);

/// "; did you mean 'a' or 'b'?" of the first three; nothing if there are no names.
[[nodiscard]] std::string hint(std::vector<std::string> names);

/// "'a', 'b' or 'c'".
[[nodiscard]] std::string either(const std::vector<std::string>& names);

}  // namespace machine::detail
