#pragma once

#include "core/guarded_memory.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <liburing.h>
#include <span>
#include <string>

namespace asyncio::detail {

/// The buffers that all receives of a ring share.
///
/// The kernel takes one when bytes arrive, not before, so a connection that waits holds none.
/// Its bytes are copied out while the completion is handled and the buffer goes straight back.
/// There are few at first; each time they do not suffice for one turn they are doubled.
/// Source: io_uring_register_buf_ring(3).
class UringBuffers {
public:
    static constexpr unsigned most = 1024;         // A power of two.
    static constexpr unsigned at_first = 32;       // And of them, to begin with.
    static constexpr std::size_t size = 16 * 1024;  // Of one buffer, bytes.
    static constexpr int group = 0;

    UringBuffers() = default;
    UringBuffers(const UringBuffers&) = delete;
    UringBuffers& operator=(const UringBuffers&) = delete;
    ~UringBuffers();

    /// Registers the buffers at the first call. False when the kernel has no such thing; then
    /// scratch() serves instead.
    [[nodiscard]] bool available(io_uring& ring);

    /// Why it is false, and what to do about it: "WHY; CURE"; "" if the kernel has not said.
    [[nodiscard]] std::string refusal() const;

    /// As if the kernel had no such thing. Requires: available() was not called.
    void refuse() noexcept { state_ = State::refused; }

    /// The bytes that a completion brought: `id` is the buffer the kernel took.
    [[nodiscard]] std::span<const std::byte> bytes(unsigned id, std::size_t length) const noexcept;

    /// Offers the buffer to the kernel again.
    void give_back(unsigned id) noexcept;

    /// Doubles the buffers, up to `most` and while there is memory: they did not suffice.
    void grow() noexcept;

    /// How many there are now.
    [[nodiscard]] unsigned count() const noexcept { return count_; }

    /// One buffer for a receive that the caller makes itself.
    [[nodiscard]] std::span<std::byte> scratch();

private:
    enum class State : std::uint8_t { unknown, registered, refused };

    [[nodiscard]] std::byte* buffer(unsigned id) const noexcept
    {
        return blocks_[id / at_first].bytes().data() + id % at_first * size;
    }

    /// Without a buffer in it. Gives an errno, or 0.
    [[nodiscard]] int register_ring(io_uring& ring);

    State state_ = State::unknown;
    int error_ = 0;  // Why it is refused, if the kernel said so.
    io_uring_buf_ring* ring_ = nullptr;
    unsigned count_ = 0;
    std::array<GuardedMemory, most / at_first> blocks_;  // Of `at_first` each.
};

}  // namespace asyncio::detail
