#include "net/buffer_share.hpp"

#include <asyncio/buffer_budget.hpp>

#include <atomic>
#include <limits>

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

void BufferShare::count(std::size_t counted) noexcept
{
    held.fetch_add(counted - counted_, std::memory_order_relaxed);  // Modulo: it may be less.
    counted_ = counted;
}

std::size_t BufferShare::room() noexcept
{
    const std::size_t limit = buffer_budget();
    if (limit == 0) {
        return std::numeric_limits<std::size_t>::max();
    }
    const std::size_t now = buffered_bytes();
    return now < limit ? limit - now : 0;
}

}  // namespace detail
}  // namespace asyncio
