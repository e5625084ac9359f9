#pragma once

#include <machine/edge.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <string>

namespace machine::detail {

/// The edges of a line that a task will wait for: bounded, first in first out, for one waiter at
/// a time. Those who wait share it, and the line may go before them.
class EdgeQueue final : public asyncio::detail::RefCounted {
public:
    static constexpr std::size_t capacity = 1024;

    /// The line, where it wants to know what becomes of the queue.
    class Owner {
    public:
        Owner(const Owner&) = delete;
        Owner& operator=(const Owner&) = delete;

        /// Nobody has the queue any more.
        virtual void abandoned(const EdgeQueue& queue) noexcept = 0;
        /// Somebody is about to wait: what was cancelled with its loop goes on in this one.
        virtual void resume_edges() = 0;

    protected:
        Owner() = default;
        ~Owner() = default;
    };

    explicit EdgeQueue(std::string name, Trigger wanted = Trigger::both, Owner* owner = nullptr)
        : name_{std::move(name)}, wanted_{wanted}, owner_{owner}
    {
    }
    ~EdgeQueue() override
    {
        if (owner_ != nullptr) {
            owner_->abandoned(*this);
        }
    }
    /// The owner is gone.
    void disown() noexcept { owner_ = nullptr; }

    void resume_edges()
    {
        if (owner_ != nullptr) {
            owner_->resume_edges();
        }
    }

    /// Keeps the edge if it is wanted, or counts it as lost; wakes the waiter if it is one of his.
    void push(const Edge& edge);
    /// So many edges were lost before they came here.
    void miss(std::uint64_t count) noexcept { lost_ += count; }

    /// The waiter, and who comes after the kept edges are used up, gets this error. Null: none.
    void fail(std::exception_ptr error);
    /// Edges may come again; who has been woken for the error still gets it.
    void recover() noexcept { error_ = nullptr; }

    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

private:
    friend class machine::EdgeWait;

    /// Drops the edges in front that the trigger does not name; true when one is left.
    [[nodiscard]] bool skip_to(Trigger trigger);

    std::string name_;  // Of the line, for messages.
    Trigger wanted_;
    Owner* owner_;
    std::deque<Edge> edges_;
    std::uint64_t lost_ = 0;
    EdgeWait* waiter_ = nullptr;
    std::exception_ptr error_;
};

}  // namespace machine::detail
