#pragma once

#include <span>
#include <string_view>

namespace boardd {

/// The word of `candidates` that `word` was probably meant to be: at most two letters (a third
/// of a short word) added, left out, changed or swapped. Empty if there is none.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace boardd
