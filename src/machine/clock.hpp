#pragma once

#include <chrono>

namespace machine::detail {

/// The time on the clock of this thread's loop; CLOCK_MONOTONIC outside of one.
[[nodiscard]] std::chrono::nanoseconds now() noexcept;

}  // namespace machine::detail
