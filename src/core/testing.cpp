#include <asyncio/testing.hpp>

#include "core/scheduler.hpp"
#include "core/simulated_backend.hpp"
#include "core/this_loop.hpp"

#include <stdexcept>

namespace asyncio {
namespace {

detail::Operation::Kind kind_named(const std::string& name)
{
    using Kind = detail::Operation::Kind;
    if (name == "accept") {
        return Kind::accept;
    }
    if (name == "connect") {
        return Kind::connect;
    }
    if (name == "receive") {
        return Kind::receive;
    }
    if (name == "send") {
        return Kind::send;
    }
    throw std::invalid_argument{"cannot fail operations of kind '" + name +
                                "': expected accept, connect, receive or send"};
}

}  // namespace

VirtualLoop::VirtualLoop(std::uint64_t seed)
{
    auto backend = std::make_unique<detail::SimulatedBackend>(seed);
    backend_ = backend.get();
    auto loop = std::make_unique<Loop>(std::move(backend));
    loop_ = loop.get();
    previous_ = detail::set_this_loop(std::move(loop));
}

VirtualLoop::~VirtualLoop()
{
    // The loop closes while it is still this thread's: cleanup may use asyncio.
    try {
        loop_->close();
    } catch (...) {
        // The exception handler threw; the loop is closed all the same.
    }
    detail::set_this_loop(std::move(previous_));
}

void VirtualLoop::run_until_idle()
{
    while (loop_->scheduler().turn_without_waiting()) {
    }
}

void VirtualLoop::advance(std::chrono::nanoseconds duration)
{
    const detail::Time target = backend_->now() + duration;
    run_until_idle();
    for (;;) {
        const std::optional<detail::Time> next = loop_->scheduler().next_timer();
        if (!next || *next > target) {
            break;
        }
        backend_->set_now(std::max(*next, backend_->now()));
        run_until_idle();
    }
    backend_->set_now(target);
}

std::chrono::nanoseconds VirtualLoop::now() const noexcept { return backend_->now(); }

void VirtualLoop::fail(const std::string& kind, int error, std::uint64_t nth)
{
    backend_->fail(kind_named(kind), error, nth);
}

void VirtualLoop::shorten(const std::string& kind, std::size_t bytes, std::uint64_t nth)
{
    const auto operation = kind_named(kind);
    const bool moves_bytes =
        operation == detail::Operation::Kind::receive || operation == detail::Operation::Kind::send;
    if (!moves_bytes || bytes == 0) {
        throw std::invalid_argument{"cannot shorten '" + kind + "' to " + std::to_string(bytes) +
                                    " bytes: expected 'receive' or 'send', and 1 or more"};
    }
    backend_->shorten(operation, bytes, nth);
}

std::size_t VirtualLoop::operations() const noexcept { return backend_->in_flight(); }

std::size_t VirtualLoop::open_descriptors() const noexcept
{
    return backend_->sockets().open_descriptors();
}

}  // namespace asyncio
