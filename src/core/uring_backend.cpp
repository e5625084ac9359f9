#include "core/uring_backend.hpp"

#include "core/kernel_order.hpp"
#include "core/kernel_version.hpp"
#include "core/monotonic.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <poll.h>
#include <sched.h>
#include <span>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace asyncio::detail {
namespace {

/// The user_data of submissions whose completion nobody needs: cancels.
constexpr std::uint64_t nobody = 0;

/// The kernel adds the timeout to its clock; a sleep without end must not overflow that sum.
constexpr Time longest_wait = std::chrono::hours{24 * 365};

/// Bytes: a submission has 32 bits for the length.
constexpr std::size_t most_at_once = std::size_t{1} << 30;

}  // namespace

UringBackend::UringBackend(unsigned entries, UringSetup best, const std::string& reason)
    : setup_{set_up_ring(ring_, entries, best, reason)}
{
    taken_from_kernel();
}

UringBackend::~UringBackend()
{
    if (forked()) {
        ::close(ring_.ring_fd);  // Its memory was not inherited; other things may lie there now.
    } else {
        handed_to_kernel();  // The memory, and another thread's ring may be there next.
        io_uring_queue_exit(&ring_);
    }
}

std::string UringBackend::description()
{
    std::string name = "io_uring (" + setup_.flags + ")";
    std::string reasons = setup_.reasons;
    if (!forked() && !buffers_.available(ring_)) {
        name += " without provided buffers";
        add_reason(reasons, buffers_.refusal());
    }
    return name + " on Linux " + kernel_release() + because(reasons);
}

Time UringBackend::now() const noexcept { return monotonic_now(); }

bool UringBackend::has_news() const noexcept
{
    return io_uring_sq_ready(&ring_) > 0 || has_completions();
}

io_uring_sqe& UringBackend::next_submission()
{
    for (;;) {
        if (io_uring_sqe* submission = io_uring_get_sqe(&ring_)) {
            return *submission;
        }
        submit_now();
    }
}

void UringBackend::submit() noexcept
{
    (void)io_uring_submit(&ring_);  // What it does not take now, it takes with the next wait.
}

void UringBackend::submit_now()
{
    const int result = io_uring_submit(&ring_);
    if (result == -EBUSY || result == -EAGAIN) {
        set_aside_completions();
        io_uring_get_events(&ring_);
        set_aside_completions();
    } else if (result < 0 && result != -EINTR) {
        throw_errno(-result, "submit to io_uring");
    }
}

void UringBackend::set_aside_completions()
{
    io_uring_cqe* completion = nullptr;
    while (io_uring_cq_ready(&ring_) > 0 && io_uring_peek_cqe(&ring_, &completion) == 0) {
        set_aside_.push_back({completion->user_data, completion->res, completion->flags});
        io_uring_cqe_seen(&ring_, completion);
    }
}

void UringBackend::do_start(Operation& operation)
{
    handed_to_kernel();
    io_uring_sqe& submission = next_submission();
    const int descriptor = operation.descriptor;
    switch (operation.kind) {
        case Operation::Kind::accept:
            if (operation.once) {
                io_uring_prep_accept(&submission, descriptor, nullptr, nullptr, SOCK_CLOEXEC);
            } else {
                io_uring_prep_multishot_accept(&submission, descriptor, nullptr, nullptr,
                                               SOCK_CLOEXEC);
            }
            break;
        case Operation::Kind::connect:
            io_uring_prep_connect(&submission, descriptor, operation.address,
                                  operation.address_length);
            break;
        case Operation::Kind::receive:
            if (buffers_.available(ring_)) {
                io_uring_prep_recv(&submission, descriptor, nullptr, UringBuffers::size, 0);
                submission.flags |= IOSQE_BUFFER_SELECT;
                submission.buf_group = UringBuffers::group;
            } else {
                io_uring_prep_poll_add(&submission, descriptor, POLLIN);
            }
            break;
        case Operation::Kind::send:
            io_uring_prep_send(&submission, descriptor, operation.buffer,
                               std::min(operation.length, most_at_once), MSG_NOSIGNAL);
            break;
        case Operation::Kind::gather:
            io_uring_prep_sendmsg(&submission, descriptor, operation.message, MSG_NOSIGNAL);
            break;
        case Operation::Kind::read:
            io_uring_prep_read(&submission, descriptor, operation.buffer,
                               static_cast<unsigned>(std::min(operation.length, most_at_once)), 0);
            break;
        case Operation::Kind::poll:
            io_uring_prep_poll_add(&submission, descriptor, operation.events);
            break;
    }
    io_uring_sqe_set_data(&submission, &operation);
}

void UringBackend::do_cancel(Operation& operation)
{
    if (operation.kind == Operation::Kind::accept && take_back(operation)) {
        set_aside_.push_back({reinterpret_cast<std::uint64_t>(&operation), -ECANCELED, 0});
        return;
    }
    io_uring_sqe& submission = next_submission();
    io_uring_prep_cancel(&submission, &operation, 0);
    io_uring_sqe_set_data64(&submission, nobody);
}

/// Makes a submission that the kernel has not seen yet one of nothing. A socket that listens is
/// closed without waiting for its accept, and its number may be another's by the time of the
/// submit.
bool UringBackend::take_back(const Operation& operation)
{
    const io_uring_sq& queue = ring_.sq;
    for (unsigned i = *queue.khead; i != queue.sqe_tail; ++i) {
        io_uring_sqe& submission = queue.sqes[i & queue.ring_mask];
        if (submission.user_data == reinterpret_cast<std::uint64_t>(&operation)) {
            io_uring_prep_nop(&submission);
            io_uring_sqe_set_data64(&submission, nobody);
            return true;
        }
    }
    return false;
}

void UringBackend::wait(std::optional<Time> deadline)
{
    if (!set_aside_.empty()) {
        deadline = Time::min();
    }
    int result = 0;
    if (!deadline) {
        result = io_uring_submit_and_wait(&ring_, 1);
    } else {
        const Time left = *deadline == Time::min() ? Time::zero() : *deadline - now();
        if (left <= Time::zero()) {
            result = io_uring_submit_and_get_events(&ring_);
        } else {
            const Time time = std::min(left, longest_wait);
            const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
            __kernel_timespec timeout{};
            timeout.tv_sec = seconds.count();
            timeout.tv_nsec = (time - seconds).count();
            io_uring_cqe* completion = nullptr;
            result = io_uring_submit_and_wait_timeout(&ring_, &completion, 1, &timeout, nullptr);
        }
    }
    if (result == -EBUSY || result == -EAGAIN) {
        // The kernel lacks room or memory now: take what is done, and let others run.
        set_aside_completions();
        if (set_aside_.empty()) {
            ::sched_yield();
        }
    } else if (result < 0 && result != -EINTR && result != -ETIME) {
        throw_errno(-result, "wait for io_uring");
    }
}

void UringBackend::dispatch()
{
    buffers_grown_ = false;
    if (!set_aside_.empty()) {
        for (const Entry& entry : std::exchange(set_aside_, {})) {
            complete(entry);
        }
    }
    // What is set aside meanwhile was there before the rest (or is a cancel's own): it comes first,
    // in the next turn.
    for (unsigned left = io_uring_cq_ready(&ring_); left > 0 && set_aside_.empty(); --left) {
        io_uring_cqe* completion = nullptr;
        if (io_uring_peek_cqe(&ring_, &completion) != 0) {
            break;
        }
        const Entry entry{completion->user_data, completion->res, completion->flags};
        io_uring_cqe_seen(&ring_, completion);
        complete(entry);
    }
    // Not while there is more to read: what was cancelled may be done by then.
    if (cancel_missed_ && !has_completions()) {
        cancel_missed_ = false;
        if (cancelling() > 0) {
            cancel_again();
        }
    }
}

bool UringBackend::has_completions() const noexcept
{
    return io_uring_cq_ready(&ring_) > 0 || !set_aside_.empty() ||
           (IO_URING_READ_ONCE(*ring_.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) !=
               0;
}

/// A cancel finds nothing when the operation is over, but also while the kernel is about to try it
/// once more, as it does again and again with a connect to a Unix socket whose queue is full.
void UringBackend::cancel_again()
{
    for (Operation* operation = first_in_flight(); operation != nullptr;
         operation = next_in_flight(*operation)) {
        if (operation->state() == Operation::State::cancelling) {
            do_cancel(*operation);
        }
    }
}

void UringBackend::complete(const Entry& entry)
{
    if (entry.user_data == nobody) {
        cancel_missed_ = cancel_missed_ || entry.result == -ENOENT;
        return;
    }
    taken_from_kernel();
    auto& operation = *reinterpret_cast<Operation*>(entry.user_data);
    if (operation.kind == Operation::Kind::receive) {
        complete_receive(operation, entry);
        return;
    }
    if (operation.kind == Operation::Kind::poll && entry.result > 0) {
        // Without what the kernel has added to the question: POLLRDHUP.
        const std::uint32_t asked = operation.events | POLLERR | POLLHUP;
        completed(operation, {.result = entry.result & static_cast<int>(asked)});
        return;
    }
    const bool more = (entry.flags & IORING_CQE_F_MORE) != 0;
    if (operation.kind == Operation::Kind::accept && !operation.once && !more &&
        entry.result >= 0) {
        // The kernel gave the connection and ended the multishot; the operation goes on, unless it
        // is being cancelled.
        completed(operation, {.result = entry.result, .more = true});
        if (operation.state() == Operation::State::in_flight) {
            do_start(operation);
        } else {
            completed(operation, {.result = -ECANCELED});
        }
        return;
    }
    // A cancel wakes a thread of the kernel that waits for us with a signal.
    const bool interrupted =
        entry.result == -EINTR && operation.state() == Operation::State::cancelling;
    completed(operation, {.result = interrupted ? -ECANCELED : entry.result, .more = more});
}

void UringBackend::complete_receive(Operation& operation, const Entry& entry)
{
    if ((entry.flags & IORING_CQE_F_BUFFER) != 0) {
        const unsigned id = entry.flags >> IORING_CQE_BUFFER_SHIFT;
        const std::size_t length = entry.result > 0 ? static_cast<std::size_t>(entry.result) : 0;
        completed(operation, {.result = entry.result, .data = buffers_.bytes(id, length)});
        buffers_.give_back(id);
    } else if (entry.result == -ENOBUFS) {
        // More receives than buffers in one turn. They are free again by the next.
        if (!std::exchange(buffers_grown_, true)) {
            buffers_.grow();
        }
        if (operation.state() == Operation::State::cancelling) {
            completed(operation, {.result = -ECANCELED});
        } else {
            do_start(operation);
        }
    } else if (buffers_.available(ring_) || entry.result < 0) {
        completed(operation, {.result = entry.result});
    } else {
        receive_without_buffers(operation);
    }
}

void UringBackend::receive_without_buffers(Operation& operation)
{
    const std::span<std::byte> scratch = buffers_.scratch();
    const ssize_t received =
        ::recv(operation.descriptor, scratch.data(), scratch.size(), MSG_DONTWAIT);
    if (received >= 0) {
        completed(operation, {.result = static_cast<int>(received),
                              .data = scratch.first(static_cast<std::size_t>(received))});
    } else if ((errno == EAGAIN || errno == EINTR) &&
               operation.state() == Operation::State::in_flight) {
        do_start(operation);
    } else {
        completed(operation, {.result = errno == EAGAIN ? -ECANCELED : -errno});
    }
}

}  // namespace asyncio::detail
