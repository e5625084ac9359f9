#pragma once

#include <asyncio/detail/stream_handle.hpp>
#include <asyncio/detail/wait_queue.hpp>

#include <string>

namespace asyncio::detail {

/// Awaiter of Stream::drain(): yields, and waits while too much is unsent.
class StreamDrain final : public WaitQueue::Waiter {
public:
    explicit StreamDrain(StreamHandle stream) noexcept : stream_{std::move(stream)} {}

    /// False. Throws the error of a send that failed.
    [[nodiscard]] bool await_ready() const;
    void await_suspend(Awaiting awaiting);
    /// Throws CancelledError, and as await_ready() does.
    void await_resume() const;

    [[nodiscard]] const char* what() const noexcept override { return "drain"; }
    [[nodiscard]] std::string describe(Time now) const override;

private:
    StreamHandle stream_;
};

}  // namespace asyncio::detail
