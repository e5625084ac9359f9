#pragma once

#include <cstddef>

namespace asyncio::detail {

/// Memory for coroutine frames: kept in lists by size, one set per thread, so that a coroutine
/// that is called again finds its memory warm. Throws std::bad_alloc.
[[nodiscard]] void* allocate_frame(std::size_t size);
void free_frame(void* memory, std::size_t size) noexcept;

}  // namespace asyncio::detail
