#pragma once

#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace asyncio {

namespace detail {
class SimulatedBackend;
}

/// A loop whose clock moves only when the test says so, and whose network lies in memory: for
/// the library's tests and for its users'.
///
/// While it lives it is this thread's loop, so create_task(), open_connection() and so on use
/// it. Connections go to servers on the same loop. What the kernel leaves open - which of
/// several completions comes first, how many bytes one receive brings - is drawn from `seed`,
/// and the same seed gives the same run. Descriptors of the kernel (a ThreadSafeFlag's) still
/// work; waiting for them does not move the clock. Hosts of the documentation ranges
/// (192.0.2.0/24, 2001:db8::/32) never answer a connect.
class VirtualLoop {
public:
    explicit VirtualLoop(std::uint64_t seed = 0);
    VirtualLoop(const VirtualLoop&) = delete;
    VirtualLoop& operator=(const VirtualLoop&) = delete;
    /// Closes the loop, and puts back the one that was there before.
    ~VirtualLoop();

    template <typename T>
    Task<T> create_task(Coroutine<T> coroutine, std::string name = {})
    {
        return loop().create_task(std::move(coroutine), std::move(name));
    }
    template <detail::Awaiter A>
    Task<detail::AwaitResult<A>> create_task(A awaiter, std::string name = {})
    {
        return loop().create_task(std::move(awaiter), std::move(name));
    }

    /// Runs until the coroutine ends; the clock jumps to the next timer whenever nothing else
    /// can go on. Throws RuntimeError when nothing can ever wake it (a deadlock).
    template <typename T>
    T run(Coroutine<T> coroutine)
    {
        return loop().run_until_complete(std::move(coroutine));
    }
    template <detail::Awaiter A>
    detail::AwaitResult<A> run(A awaiter)
    {
        return loop().run_until_complete(std::move(awaiter));
    }

    /// Runs until nothing can go on without time passing.
    void run_until_idle();

    /// Lets `duration` pass, waking each timer at its time.
    void advance(std::chrono::nanoseconds duration);

    /// The time since the loop was made.
    [[nodiscard]] std::chrono::nanoseconds now() const noexcept;

    /// From now on the n-th (1: the next) operation of this kind ends with `error`, a positive
    /// errno, instead of being performed. Kinds: "accept", "connect", "receive", "send".
    /// Throws std::invalid_argument for another kind.
    void fail(const std::string& kind, int error, std::uint64_t nth = 1);

    /// The n-th (1: the next) operation of this kind moves at most so many bytes, as the kernel's
    /// may. Kinds: "receive", "send". Throws std::invalid_argument for another kind, or 0 bytes.
    void shorten(const std::string& kind, std::size_t bytes, std::uint64_t nth = 1);

    /// How many operations are in flight.
    [[nodiscard]] std::size_t operations() const noexcept;

    /// How many simulated sockets are open.
    [[nodiscard]] std::size_t open_descriptors() const noexcept;

    [[nodiscard]] Loop& loop() const noexcept { return *loop_; }

private:
    detail::SimulatedBackend* backend_;  // Owned by the loop.
    Loop* loop_;  // Owned by this thread, until the destructor.
    std::unique_ptr<Loop> previous_;
};

}  // namespace asyncio
