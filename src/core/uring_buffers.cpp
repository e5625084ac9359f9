#include "core/uring_buffers.hpp"

#include <cassert>
#include <cstring>
#include <sys/mman.h>

namespace asyncio::detail {
namespace {

constexpr std::size_t ring_bytes = UringBuffers::count * sizeof(io_uring_buf);

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
    registration.ring_entries = count;
    registration.bgid = group;
    if (io_uring_register_buf_ring(&ring, &registration, 0) != 0) {
        return false;
    }
    io_uring_buf_ring_init(ring_);
    // Not zeroed: a page is used only once the kernel has written to it.
    memory_ = std::make_unique_for_overwrite<std::byte[]>(count * size);
    for (unsigned id = 0; id < count; ++id) {
        give_back(id);
    }
    state_ = State::registered;
    return true;
}

std::span<const std::byte> UringBuffers::bytes(unsigned id, std::size_t length) const noexcept
{
    assert(id < count && length <= size);
    return {buffer(id), length};
}

void UringBuffers::give_back(unsigned id) noexcept
{
    io_uring_buf_ring_add(ring_, buffer(id), static_cast<unsigned>(size),
                          static_cast<unsigned short>(id), io_uring_buf_ring_mask(count), 0);
    io_uring_buf_ring_advance(ring_, 1);
}

std::span<std::byte> UringBuffers::scratch()
{
    if (!memory_) {
        memory_ = std::make_unique_for_overwrite<std::byte[]>(size);
    }
    return {memory_.get(), size};
}

}  // namespace asyncio::detail
