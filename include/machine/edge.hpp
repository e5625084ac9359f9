#pragma once

#include <asyncio/detail/ref.hpp>
#include <asyncio/detail/suspension.hpp>

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>

namespace machine {

/// Which edges are meant.
enum class Trigger : std::uint8_t { rising = 1, falling = 2, both = 3 };

[[nodiscard]] constexpr Trigger operator|(Trigger a, Trigger b) noexcept
{
    return static_cast<Trigger>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// A change of a line's value.
class Edge {
public:
    Edge() = default;
    Edge(bool is_rising, std::chrono::nanoseconds at) noexcept : rising{is_rising}, timestamp{at} {}

    /// The same direction at the same time; whatever their numbers.
    [[nodiscard]] bool operator==(const Edge& other) const noexcept
    {
        return rising == other.rising && timestamp == other.timestamp;
    }
    /// Is it one of those?
    [[nodiscard]] bool matches(Trigger trigger) const noexcept
    {
        return (static_cast<unsigned>(trigger) & (rising ? 1U : 2U)) != 0;
    }

    bool rising = false;  ///< From 0 to 1.
    /// When, on CLOCK_MONOTONIC as the kernel saw it; on the simulated board on the loop's clock.
    std::chrono::nanoseconds timestamp{};
    /// Counts the line's edges from 1, those that were lost too: a gap is a loss. (Where the
    /// kernel tells of none, see Line::lost_edges(), two edges in one direction show one.)
    std::uint64_t sequence = 0;
};

using EdgeHandler = std::function<void(const Edge&)>;

namespace detail {
class EdgeQueue;
}

/// Awaiter of Line::edge() and Pin::edge().
class EdgeWait final : public asyncio::detail::Suspension {
public:
    EdgeWait(asyncio::detail::Ref<detail::EdgeQueue> queue, Trigger trigger) noexcept;
    EdgeWait(EdgeWait&&) noexcept;
    ~EdgeWait();

    [[nodiscard]] bool await_ready();
    void await_suspend(Awaiting awaiting);
    Edge await_resume();

    void interrupt() noexcept override;
    [[nodiscard]] const char* what() const noexcept override { return "edge"; }
    [[nodiscard]] std::string describe(asyncio::detail::Time now) const override;

private:
    friend class detail::EdgeQueue;

    asyncio::detail::Ref<detail::EdgeQueue> queue_;
    Trigger trigger_;
    bool suspended_ = false;
    bool interrupted_ = false;  // It will take no edge.
    std::exception_ptr error_;  // What it was woken for.
};

}  // namespace machine
