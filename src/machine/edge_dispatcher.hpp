#pragma once

#include <machine/edge.hpp>

#include <asyncio/coroutine.hpp>
#include <asyncio/task.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace machine::detail {

/// Calls a plain function for each edge of a line, in a task of the loop that exists while there
/// is something to call it for.
class EdgeDispatcher final : public asyncio::detail::RefCounted {
public:
    /// As many edges may wait for their call; more are lost, and counted.
    static constexpr std::size_t capacity = 1024;

    explicit EdgeDispatcher(std::string name) : name_{std::move(name)} {}

    /// Replaces the function; edges that wait for their call are forgotten. Empty: no calls.
    void set_handler(EdgeHandler handler);

    void push(const Edge& edge);

    /// Tells the loop's exception handler that no more edges will come, after those that wait for
    /// their call. Not at once: the handler is the user's, and the caller may not throw.
    void fail(std::exception_ptr error);

    [[nodiscard]] bool active() const noexcept { return handler_ != nullptr; }
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

private:
    void ensure_running();
    static asyncio::Coroutine<> run(asyncio::detail::Ref<EdgeDispatcher> self);
    void call_for_each_of_this_turn();
    void call(const EdgeHandler& handler, const Edge& edge);

    std::string name_;  // Of the line, for messages.
    std::shared_ptr<const EdgeHandler> handler_;  // A call keeps it: it may replace itself.
    std::vector<Edge> edges_;
    std::exception_ptr error_;  // To be reported.
    std::uint64_t lost_ = 0;
    asyncio::Task<> task_;
};

}  // namespace machine::detail
