#pragma once

#include <asyncio/detail/ref.hpp>
#include <asyncio/detail/suspension.hpp>

#include <coroutine>

namespace asyncio::detail {

/// Awaiter: waits until a file descriptor is readable, with one poll operation.
///
/// It waits for readiness, not for data, so a cancelled wait has taken nothing. When the task
/// is cancelled it goes on only after the kernel has let go of the descriptor: then it may be
/// closed. For one wait; make another for the next.
///
/// Errors: CancelledError; OSError with poll(2)'s errno.
/// Source: MicroPython extmod/asyncio/core.py, IOQueue.queue_read.
class Readable final : public Suspension {
public:
    explicit Readable(int descriptor) noexcept;
    Readable(Readable&& other) noexcept;
    ~Readable();

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(Awaiting awaiting);
    void await_resume();

    void interrupt() noexcept override;
    [[nodiscard]] const char* what() const noexcept override { return "descriptor"; }

private:
    class Poll;

    int descriptor_;
    Ref<Poll> poll_;  // The operation; it outlives this awaiter if the frame is dropped.
};

}  // namespace asyncio::detail
