#include "net/receive_pause.hpp"

#include "core/backend.hpp"
#include "net/buffer_share.hpp"
#include "net/stream_input.hpp"

#include <atomic>
#include <utility>

namespace asyncio::detail {
namespace {

// Of all threads. If two of them look at the same time, two streams may have a turn: no harm.
std::atomic<const void*> whose_turn{nullptr};  // Only compared.
std::atomic<Time::rep> turn_end{0};
std::atomic<Time::rep> paused{0};

}  // namespace

bool ReceivePause::is_due(const StreamInput& input)
{
    if (!BufferShare::none_left()) {
        return false;
    }
    const Time::rep now = running_backend().now().count();
    Time::rep end = turn_end.load(std::memory_order_relaxed);
    const bool mine = whose_turn.load(std::memory_order_relaxed) == &input;
    // An end that is further away is of another clock, of a virtual loop.
    if (now < end && end - now <= least.count()) {
        return !mine;
    }
    if (mine && paused.load(std::memory_order_relaxed) > 0) {
        whose_turn.store(nullptr, std::memory_order_relaxed);  // The others first.
        return true;
    }
    if (!turn_end.compare_exchange_strong(end, now + least.count(), std::memory_order_relaxed)) {
        return true;  // Another one was faster.
    }
    whose_turn.store(&input, std::memory_order_relaxed);
    return false;
}

void ReceivePause::begin()
{
    if (!begun_) {
        const Time::rep others = paused.fetch_add(1, std::memory_order_relaxed);
        begun_ = true;
        arm(least + others * for_each_other);
    }
}

void ReceivePause::end() noexcept
{
    if (std::exchange(begun_, false)) {
        paused.fetch_sub(1, std::memory_order_relaxed);
        disarm();
    }
}

void ReceivePause::expire() noexcept
{
    end();
    input_.go_on();
}

}  // namespace asyncio::detail
