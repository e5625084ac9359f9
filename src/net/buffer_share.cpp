#include "net/buffer_share.hpp"

#include <asyncio/buffer_budget.hpp>

#include <atomic>

namespace asyncio {
namespace {

// Only numbers: no other memory is handed over with them.
std::atomic<std::size_t> budget{0};
std::atomic<std::size_t> held{0};

}  // namespace

void set_buffer_budget(std::size_t bytes) noexcept
{
    budget.store(bytes, std::memory_order_relaxed);
}

std::size_t buffer_budget() noexcept { return budget.load(std::memory_order_relaxed); }

std::size_t buffered_bytes() noexcept { return held.load(std::memory_order_relaxed); }

namespace detail {

void BufferShare::count(std::size_t more) noexcept
{
    held.fetch_add(more, std::memory_order_relaxed);  // Modulo: it may be less.
}

bool BufferShare::none_left() noexcept
{
    const std::size_t limit = buffer_budget();
    return limit != 0 && buffered_bytes() >= limit;
}

}  // namespace detail
}  // namespace asyncio
