#pragma once

#include <chrono>
#include <cstdint>

namespace asyncio::detail {

/// A point on the loop's clock: CLOCK_MONOTONIC, or the virtual clock.
using Time = std::chrono::nanoseconds;

class Timer;

/// Where a timer waits for its time.
class TimerStore {
public:
    virtual void remove(Timer& timer) noexcept = 0;

protected:
    ~TimerStore() = default;
};

/// Something that happens at a point in time: a node of the loop's TimerQueue.
///
/// It usually lives in the awaiting frame; a timer that is destroyed has left the queue.
class Timer {
public:
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    /// Called by the loop, once, when the time has come; the timer is out of the queue by then.
    virtual void expire() noexcept = 0;

    [[nodiscard]] bool armed() const noexcept { return store_ != nullptr; }
    [[nodiscard]] Time deadline() const noexcept { return deadline_; }

    /// Takes the timer out of the queue; harmless when it is not armed.
    void disarm() noexcept;

protected:
    Timer() = default;
    ~Timer()
    {
        if (armed()) {
            disarm();
        }
    }

    /// Arms the timer for `delay` from now on the running loop's clock.
    void arm(Time delay);

private:
    friend class TimerHeap;
    friend class TimerQueue;
    friend class TimerSlot;
    friend class TimerWheel;

    TimerStore* store_ = nullptr;
    Timer* next_ = nullptr;  // In the heap: the next child of the same parent.
    union {  // In the heap, in the wheel.
        Timer* previous_ = nullptr;  // The child before it; of the first child, the parent.
        Timer** place_;  // Where its slot points to it.
    };
    Timer* child_ = nullptr;  // In the heap.
    Time deadline_{};
    std::uint64_t order_ = 0;  // Among equal deadlines, who was armed first.
};

}  // namespace asyncio::detail
