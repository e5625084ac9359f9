#include <asyncio/barrier.hpp>

#include <stdexcept>

namespace asyncio {

Barrier::Barrier(std::size_t parties) : parties_{parties}
{
    if (parties == 0) {
        throw std::invalid_argument{"a barrier needs at least 1 party"};
    }
}

void Barrier::reset() noexcept
{
    broken_ = false;
    let_go(Outcome::broken);
}

void Barrier::abort() noexcept
{
    broken_ = true;
    let_go(Outcome::broken);
}

void Barrier::let_go(Outcome outcome) noexcept
{
    for (std::size_t index = 0; !waiting_.empty(); ++index) {
        auto& wait = static_cast<Wait&>(waiting_.wake_first());
        wait.outcome_ = outcome;
        wait.index_ = index;
    }
    waiting_count_ = 0;
}

Barrier::Wait::~Wait()
{
    if (suspended()) {
        --barrier_.waiting_count_;  // The frame is dropped while it waits.
    }
}

bool Barrier::Wait::await_ready() const noexcept
{
    return barrier_.broken_ || barrier_.waiting_count_ + 1 == barrier_.parties_;
}

void Barrier::Wait::await_suspend(Awaiting awaiting) noexcept
{
    waited_ = true;
    ++barrier_.waiting_count_;
    wait(barrier_.waiting_, awaiting);
}

void Barrier::Wait::interrupt() noexcept
{
    --barrier_.waiting_count_;
    Waiter::interrupt();
}

std::size_t Barrier::Wait::await_resume()
{
    if (waited_) {
        throw_if_cancelled();
    } else if (barrier_.broken_) {
        outcome_ = Outcome::broken;
    } else {
        index_ = barrier_.waiting_count_;
        barrier_.let_go(Outcome::passed);
    }
    if (outcome_ == Outcome::broken) {
        throw BrokenBarrierError{};
    }
    return index_;
}

}  // namespace asyncio
