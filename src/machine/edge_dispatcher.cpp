#include "machine/edge_dispatcher.hpp"

#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <utility>

namespace machine::detail {

void EdgeDispatcher::set_handler(EdgeHandler handler)
{
    edges_.clear();
    error_ = nullptr;
    handler_ = handler ? std::make_shared<const EdgeHandler>(std::move(handler)) : nullptr;
}

void EdgeDispatcher::push(const Edge& edge)
{
    if (!active()) {
        return;
    }
    if (edges_.size() == capacity) {
        ++lost_;
        return;
    }
    edges_.push_back(edge);
    ensure_running();
}

void EdgeDispatcher::fail(std::exception_ptr error)
{
    if (active()) {
        error_ = std::move(error);
        ensure_running();
    }
}

void EdgeDispatcher::ensure_running()
{
    if (!task_ || task_.done()) {
        task_ = asyncio::create_task(run(asyncio::detail::Ref<EdgeDispatcher>{this}),
                                     "edges of " + name_);
    }
}

asyncio::Coroutine<> EdgeDispatcher::run(asyncio::detail::Ref<EdgeDispatcher> self)
{
    self->call_for_each_of_this_turn();
    while (!self->edges_.empty()) {  // Handlers made more: the other tasks first.
        co_await asyncio::sleep_ms(0);
        self->call_for_each_of_this_turn();
    }
    if (self->error_) {
        asyncio::get_event_loop().call_exception_handler(asyncio::ExceptionContext{
            "no more edges of '" + self->name_ + "' are reported",
            std::exchange(self->error_, nullptr), asyncio::current_task()});
    }
}

void EdgeDispatcher::call_for_each_of_this_turn()
{
    const std::vector<Edge> edges = std::exchange(edges_, {});
    const std::shared_ptr<const EdgeHandler> handler = handler_;
    for (const Edge& edge : edges) {
        if (handler_ != handler) {
            return;  // It was replaced by its own call, and these edges are forgotten.
        }
        call(*handler, edge);
    }
}

void EdgeDispatcher::call(const EdgeHandler& handler, const Edge& edge)
{
    try {
        handler(edge);
    } catch (...) {
        asyncio::get_event_loop().call_exception_handler(
            asyncio::ExceptionContext{"the edge handler of '" + name_ + "' failed",
                                      std::current_exception(), asyncio::current_task()});
    }
}

}  // namespace machine::detail
