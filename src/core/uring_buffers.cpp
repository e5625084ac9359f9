#include "core/uring_buffers.hpp"

#include "core/uring_setup.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
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
    error_ = register_ring(ring);
    if (error_ != 0) {
        return false;
    }
    io_uring_buf_ring_init(ring_);
    grow();
    if (count_ == 0) {
        error_ = ENOMEM;
        return false;
    }
    state_ = State::registered;
    return true;
}

int UringBuffers::register_ring(io_uring& ring)
{
    void* memory =
        ::mmap(nullptr, ring_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return errno;
    }
    ring_ = static_cast<io_uring_buf_ring*>(memory);
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uintptr_t>(ring_);
    registration.ring_entries = most;
    registration.bgid = group;
    return -io_uring_register_buf_ring(&ring, &registration, 0);
}

std::string UringBuffers::refusal() const
{
    switch (error_) {
        case 0: return "";
        case EINVAL: return "the kernel refuses provided buffers; Linux 5.19 or later has them";
        case ENOMEM: return "there is no memory for provided buffers, or it may not be locked";
        default: return uring_refusal("io_uring_register", error_);
    }
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
