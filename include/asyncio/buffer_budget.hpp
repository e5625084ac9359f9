#pragma once

#include <cstddef>

namespace asyncio {

/// Limits what the buffers of all streams of this process hold together, in bytes: received and
/// not read yet, written and not sent yet. 0, as at first: no limit but each stream's own.
///
/// When more is held, reads are slowed down, nothing fails and nothing is lost: a read that has a
/// part of what it wants asks for more only when others have made room. A read that has nothing yet
/// may always receive once (16 KiB), so small messages do not wait. Lest the large ones wait for
/// each other for ever, one of them at a time goes on all the same, for 20 ms or longer. write()
/// never waits, so the limit may be passed.
///
/// The first 4 KiB of a stream in each direction are not counted, nor is memory that a buffer has
/// allocated beyond its bytes. From any thread, at any time.
void set_buffer_budget(std::size_t bytes) noexcept;
[[nodiscard]] std::size_t buffer_budget() noexcept;

/// What is held now, counted in that way. From any thread.
[[nodiscard]] std::size_t buffered_bytes() noexcept;

}  // namespace asyncio
