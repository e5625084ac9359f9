#include "core/uring_buffers.hpp"

#include <algorithm>
#include <cassert>
#include <new>
#include <sys/mman.h>

namespace asyncio::detail {
namespace {

constexpr std::size_t ring_bytes = UringBuffers::most * sizeof(io_uring_buf);

}  // namespace

UringBuffers::~UringBuffers()
{
    if (ring_ != nullptr) {
        ::munmap(ring_, ring_bytes);
    }
}

bool UringBuffers::available(io_uring& ring)
{
    if (state_ != State::unknown) {
        return state_ == State::registered;
    }
    state_ = State::refused;
    void* memory =
        ::mmap(nullptr, ring_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return false;
    }
    ring_ = static_cast<io_uring_buf_ring*>(memory);
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(ring_);
    registration.ring_entries = most;
    registration.bgid = group;
    if (io_uring_register_buf_ring(&ring, &registration, 0) != 0) {
        return false;
    }
    io_uring_buf_ring_init(ring_);
    grow();
    if (count_ == 0) {
        return false;
    }
    state_ = State::registered;
    return true;
}

void UringBuffers::grow() noexcept
{
    const unsigned wanted = std::min(most, std::max(at_first, 2 * count_));
    while (count_ < wanted) {
        try {
            blocks_[count_ / at_first] = GuardedMemory{at_first * size};
        } catch (const std::bad_alloc&) {
            return;
        }
        const unsigned end = count_ + at_first;
        while (count_ < end) {
            give_back(count_++);
        }
    }
}

std::span<const std::byte> UringBuffers::bytes(unsigned id, std::size_t length) const noexcept
{
    assert(id < count_ && length <= size);
    return {buffer(id), length};
}

void UringBuffers::give_back(unsigned id) noexcept
{
    io_uring_buf_ring_add(ring_, buffer(id), static_cast<unsigned>(size),
                          static_cast<unsigned short>(id), io_uring_buf_ring_mask(most), 0);
    io_uring_buf_ring_advance(ring_, 1);
}

std::span<std::byte> UringBuffers::scratch()
{
    if (!blocks_.front()) {
        blocks_.front() = GuardedMemory{size};
    }
    return blocks_.front().bytes().first(size);
}

}  // namespace asyncio::detail
