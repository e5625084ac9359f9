#pragma once

#include <cstddef>

namespace asyncio {

/// Limits what the buffers of all streams of this process hold together, in bytes: received and
/// not read yet, written and not sent yet. 0, as at first: no limit but each stream's own.
///
/// When more is held, streams are slowed down, nothing fails and nothing is lost: a read that has
/// a part of what it wants asks for more only when others have made room, and drain() waits while
/// more than Stream::low_water is unsent. The limit may be passed: write() never waits, a read that
/// has nothing yet may always receive once (16 KiB), and lest they wait for each other for ever,
/// one of the reads that want more than there is room for goes on all the same, each 20 ms another
/// one. The first 4 KiB of a stream in each direction are not counted.
///
/// From any thread, at any time.
void set_buffer_budget(std::size_t bytes) noexcept;
[[nodiscard]] std::size_t buffer_budget() noexcept;

/// What is held now, counted in that way. From any thread.
[[nodiscard]] std::size_t buffered_bytes() noexcept;

}  // namespace asyncio
