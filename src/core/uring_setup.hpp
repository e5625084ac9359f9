#pragma once

#include <cstdint>
#include <string>

namespace asyncio::detail {

/// How a ring is set up, best first. Each step down costs some speed.
enum class UringSetup : std::uint8_t { deferred, cooperative, plain };

/// What to do about a refusal of io_uring with this errno, as the end of a sentence: "; ...", or
/// "" when nothing is known.
[[nodiscard]] std::string uring_cure(int error);

}  // namespace asyncio::detail
