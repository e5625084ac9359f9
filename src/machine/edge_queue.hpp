#pragma once

#include <machine/edge.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <string>

namespace machine::detail {

/// The edges of a line that a task will wait for: bounded, first in first out, for one waiter at
/// a time. It is shared by the line and the waiter, so either may go first.
class EdgeQueue final : public asyncio::detail::RefCounted {
public:
    static constexpr std::size_t capacity = 1024;

    explicit EdgeQueue(std::string name, Trigger wanted = Trigger::both)
        : name_{std::move(name)}, wanted_{wanted}
    {
    }

    /// Keeps the edge if it is wanted, or counts it as lost; wakes the waiter if it is one of his.
    void push(const Edge& edge);
    /// So many edges were lost before they came here.
    void miss(std::uint64_t count) noexcept { lost_ += count; }

    /// The waiter, and who comes after the kept edges are used up, gets this error.
    void fail(std::exception_ptr error);

    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

private:
    friend class machine::EdgeWait;

    /// Drops the edges in front that the trigger does not name; true when one is left.
    [[nodiscard]] bool skip_to(Trigger trigger);

    std::string name_;  // Of the line, for messages.
    Trigger wanted_;
    std::deque<Edge> edges_;
    std::uint64_t lost_ = 0;
    EdgeWait* waiter_ = nullptr;
    std::exception_ptr error_;
};

}  // namespace machine::detail
