#pragma once

#include <cstddef>

namespace conformance {

/// How often this program has called operator new so far.
[[nodiscard]] std::size_t allocations() noexcept;

}  // namespace conformance
