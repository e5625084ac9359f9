#pragma once

#include <asyncio/detail/timer.hpp>

#include <chrono>

namespace asyncio::detail {

class StreamInput;

/// A stream whose reader has a part of what it wants does not receive more while too much is held:
/// it looks again after a while.
class ReceivePause final : private Timer {
public:
    explicit ReceivePause(StreamInput& input) noexcept : input_{input} {}
    ~ReceivePause() { end(); }

    /// Must the stream wait? No, when there is room in the budget, or when it is its turn: one
    /// stream of the process at a time receives all the same, lest they wait for each other.
    [[nodiscard]] static bool is_due(const StreamInput& input);

    /// Ends with StreamInput::go_on(). Does nothing if it has begun.
    void begin();
    void end() noexcept;

private:
    /// A turn, and the shortest pause. The more streams wait, the less often each of them looks.
    static constexpr Time least = std::chrono::milliseconds{20};
    static constexpr Time for_each_other = std::chrono::microseconds{100};

    void expire() noexcept override;

    StreamInput& input_;
    bool begun_ = false;
};

}  // namespace asyncio::detail
