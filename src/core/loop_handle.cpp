#include <asyncio/loop_handle.hpp>

#include "core/inbox.hpp"
#include "core/scheduler.hpp"

#include <cassert>

namespace asyncio {
namespace detail {
namespace {

/// A coroutine on its way to the loop, where it becomes a task.
class NewTask final : public Message {
public:
    NewTask(Coroutine<> coroutine, std::source_location where)
        : coroutine_{std::move(coroutine)}, where_{where}
    {
    }

    void deliver() noexcept override
    {
        Scheduler& scheduler = running_scheduler();
        assert(!scheduler.closed() && "its inbox is closed first");
        scheduler.add(*make_task(std::move(coroutine_), where_));
        delete this;
    }
    void discard() noexcept override { delete this; }

private:
    Coroutine<> coroutine_;
    std::source_location where_;
};

}  // namespace
}  // namespace detail

void LoopHandle::post(Coroutine<> coroutine, std::source_location where) const
{
    auto message = std::make_unique<detail::NewTask>(std::move(coroutine), where);
    if (!inbox_->post(*message)) {
        throw RuntimeError{"the event loop is closed"};
    }
    (void)message.release();  // It is the loop's now.
}

LoopHandle Loop::handle() { return LoopHandle{scheduler_->inbox_handle()}; }

}  // namespace asyncio
