#include "core/simulated_backend.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

namespace asyncio::detail {
namespace {

std::string joined(const msghdr& message)
{
    std::string all;
    for (const iovec& piece : std::span{message.msg_iov, message.msg_iovlen}) {
        all.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    }
    return all;
}

}  // namespace

SimulatedBackend::SimulatedBackend(std::uint64_t seed) : seed_{seed}, random_{seed} {}

std::string SimulatedBackend::description()
{
    return "simulated (seed " + std::to_string(seed_) + ")";
}

std::size_t SimulatedBackend::draw(std::size_t at_most)
{
    if (seed_ == 0 || at_most <= 1) {
        return at_most;
    }
    return std::uniform_int_distribution<std::size_t>{1, at_most}(random_);
}

void SimulatedBackend::fail(Operation::Kind kind, int error, std::uint64_t nth)
{
    faults_.push_back({kind, {.error = error}, nth});
}

void SimulatedBackend::shorten(Operation::Kind kind, std::size_t bytes, std::uint64_t nth)
{
    faults_.push_back({kind, {.most = bytes}, nth});
}

SimulatedBackend::Fate SimulatedBackend::fate_of(Operation::Kind kind)
{
    for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
        if (fault->kind == kind && --fault->left == 0) {
            const Fate fate = fault->fate;
            faults_.erase(fault);
            return fate;
        }
    }
    return {};
}

void SimulatedBackend::do_start(Operation& operation)
{
    started_.push_back(
        {&operation, fate_of(operation.sends() ? Operation::Kind::send : operation.kind)});
    changed_ = true;
}

void SimulatedBackend::do_cancel(Operation&) { changed_ = true; }

bool SimulatedBackend::has_news() const noexcept
{
    return changed_ || network_.changed() || poll_kernel(0) > 0;
}

int SimulatedBackend::poll_kernel(int timeout_ms) const
{
    std::vector<pollfd> descriptors;
    for (const Started& started : started_) {
        const Operation& operation = *started.operation;
        if (!SimulatedNetwork::owns(operation.descriptor)) {
            const auto events = operation.kind == Operation::Kind::poll
                                    ? static_cast<short>(operation.events)
                                    : static_cast<short>(POLLIN);
            descriptors.push_back({operation.descriptor, events, 0});
        }
    }
    if (descriptors.empty()) {
        errno = ENOENT;
        return -1;
    }
    return ::poll(descriptors.data(), descriptors.size(), timeout_ms);
}

void SimulatedBackend::wait(std::optional<Time> deadline)
{
    if (has_news()) {
        return;  // dispatch() may complete something.
    }
    if (deadline) {
        now_ = std::max(now_, *deadline);
    } else if (poll_kernel(-1) < 0 && errno != EINTR) {
        throw RuntimeError{"deadlock: every task waits, and nothing can ever wake one"};
    }
}

void SimulatedBackend::dispatch()
{
    changed_ = false;
    network_.forget_change();
    std::vector<Started> attempts = started_;
    if (seed_ != 0) {
        std::shuffle(attempts.begin(), attempts.end(), random_);
    }
    for (const Started& started : attempts) {
        // An earlier completion may have ended this one.
        const bool still_there =
            std::any_of(started_.begin(), started_.end(), [&started](const Started& other) {
                return other.operation == started.operation;
            });
        if (still_there && attempt(started)) {
            changed_ = true;
        }
    }
}

bool SimulatedBackend::attempt(const Started& started)
{
    Operation& operation = *started.operation;
    if (operation.state() == Operation::State::cancelling) {
        finish(operation, {.result = -ECANCELED});
        return true;
    }
    if (started.fate.error != 0) {
        finish(operation, {.result = -started.fate.error});
        return true;
    }
    std::string data;
    int result = -EAGAIN;
    switch (operation.kind) {
        case Operation::Kind::accept: result = network_.try_accept(operation.descriptor); break;
        case Operation::Kind::connect:
            result = network_.try_connect(operation.descriptor,
                                          {operation.address, operation.address_length});
            break;
        case Operation::Kind::receive:
            result = network_.try_receive(operation.descriptor,
                                          std::min(draw(4096), started.fate.most), data);
            break;
        case Operation::Kind::send:
            result = network_.try_send(
                operation.descriptor,
                {operation.buffer, std::min(draw(operation.length), started.fate.most)});
            break;
        case Operation::Kind::gather: {
            const std::string text = joined(*operation.message);
            result = network_.try_send(operation.descriptor,
                                       std::as_bytes(std::span{text})
                                           .first(std::min(draw(text.size()), started.fate.most)));
            break;
        }
        case Operation::Kind::read: result = attempt_in_kernel(operation); break;
        case Operation::Kind::poll:
            result = SimulatedNetwork::owns(operation.descriptor)
                         ? network_.try_poll(operation.descriptor, operation.events)
                         : attempt_in_kernel(operation);
            break;
    }
    if (result == -EAGAIN) {
        return false;
    }
    if (operation.kind == Operation::Kind::accept && result >= 0 && !operation.once) {
        completed(operation, {.result = result, .more = true});
    } else {
        finish(operation, {.result = result, .data = std::as_bytes(std::span{data})});
    }
    return true;
}

int SimulatedBackend::attempt_in_kernel(const Operation& operation)
{
    const bool polls = operation.kind == Operation::Kind::poll;
    pollfd descriptor{operation.descriptor,
                      polls ? static_cast<short>(operation.events) : static_cast<short>(POLLIN), 0};
    if (::poll(&descriptor, 1, 0) <= 0) {
        return -EAGAIN;
    }
    if (polls) {
        return descriptor.revents;
    }
    const ssize_t count = ::read(operation.descriptor, operation.buffer, operation.length);
    return count >= 0 ? static_cast<int>(count) : -errno;
}

void SimulatedBackend::finish(Operation& operation, const Completion& completion)
{
    forget(operation);
    completed(operation, completion);
}

void SimulatedBackend::forget(Operation& operation)
{
    std::erase_if(started_,
                  [&operation](const Started& started) { return started.operation == &operation; });
}

}  // namespace asyncio::detail
