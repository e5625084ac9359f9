#pragma once

#include <chrono>

namespace boardd {

/// A point on the loop's clock: CLOCK_MONOTONIC, on which the kernel also stamps edges; in
/// tests the virtual clock.
using Time = std::chrono::nanoseconds;

/// Now, on this thread's loop's clock.
[[nodiscard]] Time now();

}  // namespace boardd
