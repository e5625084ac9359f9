#pragma once

#include "core/network.hpp"
#include "core/operation.hpp"

#include <asyncio/detail/timer.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace asyncio::detail {

/// How the loop reaches the world: io_uring, epoll, or a simulation. All of them perform the
/// same operations and show the loop the same behaviour.
///
/// A backend belongs to one thread. Its clock is the loop's clock.
class Backend {
public:
    Backend();
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend();

    /// Starts an operation and keeps `owner` alive until its last completion. Never fails:
    /// errors come as completions. Requires: the operation is idle. Throws RuntimeError after a
    /// fork.
    void start(Operation& operation, Ref<RefCounted> owner);

    /// Asks for an early end: a completion with -ECANCELED, or whatever came first. Harmless
    /// on an operation that is idle or being cancelled.
    void cancel(Operation& operation);

    /// Hands what was started or cancelled over to the kernel now, if that waits for the end of the
    /// turn.
    virtual void submit() noexcept {}

    /// Hands everything over to the kernel and waits until an operation completes or the
    /// deadline has come. Without a deadline it waits as long as it takes; a deadline in the
    /// past means: do not wait. Signals may end the wait early.
    virtual void wait(std::optional<Time> deadline) = 0;

    /// Completes the operations that are done, without waiting.
    virtual void dispatch() = 0;

    /// Is something in flight, and has something been started or completed since the last wait()
    /// and dispatch()?
    [[nodiscard]] bool has_work() const noexcept { return in_flight_ > 0 && has_news(); }

    /// Cancels everything in flight and waits until the kernel refers to nothing of ours.
    void drain();

    /// Is this a child process, made by fork() after the backend? Then what is in flight is the
    /// parent's: nothing can be started or awaited, and cancel() only forgets.
    [[nodiscard]] bool forked() const noexcept
    {
        return process_ != forks.load(std::memory_order_relaxed);
    }
    /// Throws RuntimeError if it is.
    void refuse_after_fork() const
    {
        if (forked()) {
            refuse();
        }
    }

    [[nodiscard]] virtual Time now() const noexcept = 0;
    /// How much later than asked a loop with many timers may end its wait, to serve several at
    /// once. Zero for a clock that is not real.
    [[nodiscard]] virtual Time timer_slack() const noexcept
    {
        return std::chrono::microseconds{50};
    }
    [[nodiscard]] virtual std::string description() = 0;
    [[nodiscard]] virtual Network& network() noexcept = 0;

    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
    /// How many of them are in the background.
    [[nodiscard]] std::size_t in_background() const noexcept { return in_background_; }

    /// Tells backends apart, even when one lies where another lay before.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

protected:
    /// Has something been started or completed since the last wait() and dispatch()?
    [[nodiscard]] virtual bool has_news() const noexcept = 0;
    virtual void do_start(Operation& operation) = 0;
    virtual void do_cancel(Operation& operation) = 0;

    /// For the backends: what a wait found. Ends the operation unless `completion.more`.
    void completed(Operation& operation, const Completion& completion) noexcept;

    /// How many of those in flight are being cancelled.
    [[nodiscard]] std::size_t cancelling() const noexcept { return cancelling_; }
    [[nodiscard]] Operation* first_in_flight() const noexcept { return first_; }
    [[nodiscard]] static Operation* next_in_flight(const Operation& operation) noexcept
    {
        return operation.next_;
    }

private:
    [[noreturn]] static void refuse();
    [[nodiscard]] static std::uint64_t next_number() noexcept;

    /// Takes an operation out of flight, and gives its owner.
    Ref<RefCounted> end(Operation& operation) noexcept;

    /// How many forks lie between this process and the one that first made a backend.
    static inline std::atomic<std::uint32_t> forks{0};

    Operation* first_ = nullptr;
    std::size_t in_flight_ = 0;
    std::size_t in_background_ = 0;
    std::size_t cancelling_ = 0;
    std::uint32_t process_ = 0;  // The value of `forks` when it was made.
    std::uint64_t number_ = next_number();
};

/// The backend for this machine: io_uring, or epoll where that is refused or not trusted; the
/// description says why. ASYNCIO_BACKEND overrides: see choose_backend(). Throws RuntimeError for
/// a wrong value, OSError with the cause and the cure when what it has to be cannot be had.
[[nodiscard]] std::unique_ptr<Backend> make_backend();

/// The running loop's backend. Throws RuntimeError("no running event loop") outside of one.
[[nodiscard]] Backend& running_backend();

}  // namespace asyncio::detail
