#pragma once

#include "net/stream_state.hpp"

#include <asyncio/coroutine.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

namespace asyncio::detail {

/// The streams of this thread whose readers have a part of what they want, and wait until there is
/// room in the budget for more. One of them at a time does not wait, or they might wait for each
/// other; at each pause it is another one's turn.
class ReceiveLine {
public:
    /// Should the stream not receive now? Then its StreamInput::go_on() is called later.
    [[nodiscard]] static bool holds_back(StreamState& stream) noexcept;

private:
    class Walk;

    static constexpr std::chrono::milliseconds pause{20};
    static constexpr std::size_t step = 16 * 1024;  // Bytes that one receive may bring.

    static Coroutine<> walk(Walk end);

    void advance();

    static thread_local ReceiveLine line;

    std::vector<Ref<StreamState>> waiting_;  // First come, first served.
    const StreamState* favourite_ = nullptr;  // Receives as it likes. Maybe gone: only compared.
    bool walks_ = false;  // There is a task that sees to them.
};

}  // namespace asyncio::detail
