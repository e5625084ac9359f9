#include "machine/edge_queue.hpp"

#include <machine/edge_stream.hpp>

#include <asyncio/errors.hpp>

#include <utility>

namespace machine {
namespace detail {

void EdgeQueue::push(const Edge& edge)
{
    if (!edge.matches(wanted_)) {
        return;
    }
    const bool awaited = waiter_ != nullptr && waiter_->suspended();
    if (awaited && !edge.matches(waiter_->trigger_)) {
        return;  // He who waits would skip it.
    }
    if (edges_.size() == capacity) {
        ++lost_;  // The new one, not the oldest: a waiter may be on the way to fetch that.
        return;
    }
    edges_.push_back(edge);
    if (awaited) {
        waiter_->wake();
    }
}

void EdgeQueue::fail(std::exception_ptr error)
{
    error_ = std::move(error);
    if (error_ && waiter_ != nullptr && waiter_->suspended()) {
        waiter_->error_ = error_;
        waiter_->wake();
    }
}

bool EdgeQueue::skip_to(Trigger trigger)
{
    while (!edges_.empty() && !edges_.front().matches(trigger)) {
        edges_.pop_front();
    }
    return !edges_.empty();
}

}  // namespace detail

EdgeWait::EdgeWait(asyncio::detail::Ref<detail::EdgeQueue> queue, Trigger trigger) noexcept
    : queue_{std::move(queue)}, trigger_{trigger}
{
}

EdgeWait::EdgeWait(EdgeWait&&) noexcept = default;

EdgeWait::~EdgeWait()
{
    if (queue_ && queue_->waiter_ == this) {
        queue_->waiter_ = nullptr;
    }
}

bool EdgeWait::await_ready()
{
    if (queue_->waiter_ != nullptr && !queue_->waiter_->interrupted_) {
        throw asyncio::RuntimeError{"another task waits for edges of '" + queue_->name_ +
                                    "' already"};
    }
    return queue_->skip_to(trigger_) || queue_->error_;
}

void EdgeWait::await_suspend(Awaiting awaiting)
{
    queue_->waiter_ = this;
    suspended_ = true;
    suspend(awaiting);
}

std::string EdgeWait::describe(asyncio::detail::Time) const
{
    return "edge of '" + queue_->name_ + "'";
}

Edge EdgeWait::await_resume()
{
    if (suspended_) {
        if (queue_->waiter_ == this) {  // Else another task has taken its place.
            queue_->waiter_ = nullptr;
        }
        throw_if_cancelled();
    }
    if (!queue_->skip_to(trigger_)) {
        std::rethrow_exception(error_ ? error_ : queue_->error_);
    }
    const Edge edge = queue_->edges_.front();
    queue_->edges_.pop_front();
    return edge;
}

void EdgeWait::interrupt() noexcept
{
    interrupted_ = true;
    wake();
}

EdgeStream::EdgeStream(asyncio::detail::Ref<detail::EdgeQueue> queue) noexcept
    : queue_{std::move(queue)}
{
}

EdgeStream::EdgeStream(EdgeStream&&) noexcept = default;
EdgeStream& EdgeStream::operator=(EdgeStream&&) noexcept = default;
EdgeStream::~EdgeStream() = default;

EdgeWait EdgeStream::next() const
{
    queue_->resume_edges();
    return EdgeWait{queue_, Trigger::both};
}
std::uint64_t EdgeStream::lost() const noexcept { return queue_->lost(); }

}  // namespace machine
