#include <asyncio/shield.hpp>

namespace asyncio::detail {

// Nobody to pass a cancel on to: it interrupts our own wait instead.
TaskState* Shield::awaited() const noexcept { return nullptr; }

const char* Shield::what() const noexcept { return "shielded task"; }

}  // namespace asyncio::detail
