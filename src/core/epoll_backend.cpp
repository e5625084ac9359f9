#include "core/epoll_backend.hpp"

#include "core/kernel_version.hpp"
#include "core/monotonic.hpp"
#include "core/uring_setup.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

namespace asyncio::detail {
namespace {

constexpr std::size_t events_at_once = 256;
constexpr int accepts_at_once = 64;             // Then the other operations have their turn.
constexpr std::size_t receive_size = 16 * 1024;  // As much as a receive on io_uring brings.
constexpr Time retry_interval = std::chrono::milliseconds{5};

constexpr std::uint32_t always_told = EPOLLERR | EPOLLHUP;

// poll(2) and epoll(7) give the same events the same bits.
static_assert(POLLIN == EPOLLIN && POLLPRI == EPOLLPRI && POLLOUT == EPOLLOUT &&
              POLLERR == EPOLLERR && POLLHUP == EPOLLHUP);

std::uint32_t events_for(const Operation& operation)
{
    switch (operation.kind) {
        case Operation::Kind::connect:
        case Operation::Kind::send:
        case Operation::Kind::gather: return EPOLLOUT | always_told;
        case Operation::Kind::poll: return operation.events | always_told;
        case Operation::Kind::accept:
        case Operation::Kind::receive:
        case Operation::Kind::read: break;
    }
    return EPOLLIN | always_told;
}

/// Bytes or -errno.
int result_of(ssize_t count) { return count >= 0 ? static_cast<int>(count) : -errno; }

int try_send(const Operation& operation)
{
    constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    return result_of(operation.kind == Operation::Kind::gather
                         ? ::sendmsg(operation.descriptor, operation.message, flags)
                         : ::send(operation.descriptor, operation.buffer, operation.length, flags));
}

/// The descriptor is in blocking mode, and connect(2) has no flag against waiting. Without events
/// it begins to connect; with events it asks what became of it.
int try_connect(const Operation& operation, std::uint32_t events)
{
    if (events != 0) {
        int error = 0;
        socklen_t length = sizeof error;
        ::getsockopt(operation.descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
        return -error;
    }
    const int flags = ::fcntl(operation.descriptor, F_GETFL);
    if (flags < 0) {
        return -errno;
    }
    ::fcntl(operation.descriptor, F_SETFL, flags | O_NONBLOCK);
    const int result =
        result_of(::connect(operation.descriptor, operation.address, operation.address_length));
    ::fcntl(operation.descriptor, F_SETFL, flags);
    return result;
}

/// read(2) that does not wait, although the descriptor may be in blocking mode and somebody else
/// may have read it empty.
int try_read(const Operation& operation)
{
    const iovec room{operation.buffer, operation.length};
    const int result = result_of(::preadv2(operation.descriptor, &room, 1, -1, RWF_NOWAIT));
    if (result != -EOPNOTSUPP && result != -ENOSYS && result != -EPERM) {
        return result;
    }
    pollfd ready{operation.descriptor, POLLIN, 0};
    return ::poll(&ready, 1, 0) > 0
               ? result_of(::read(operation.descriptor, operation.buffer, operation.length))
               : -EAGAIN;
}

}  // namespace

EpollBackend::EpollBackend(const std::string& reason)
    : epoll_{::epoll_create1(EPOLL_CLOEXEC)},
      description_{"epoll on Linux " + kernel_release() + because(reason)}
{
    if (epoll_ < 0) {
        throw_errno(errno, "set up epoll");
    }
    starting_.reserve(events_at_once);
    due_.reserve(events_at_once);
    dispatching_.reserve(events_at_once);
}

EpollBackend::~EpollBackend() { ::close(epoll_); }

Time EpollBackend::now() const noexcept { return monotonic_now(); }

void EpollBackend::do_start(Operation& operation)
{
    if (operation.sends() || operation.kind == Operation::Kind::connect) {
        starting_.push_back(&operation);
        return;
    }
    if (operation.kind == Operation::Kind::accept) {
        // accept4(2) has no flag against waiting, and another process may share the socket and
        // take the connection that epoll has announced.
        const int flags = ::fcntl(operation.descriptor, F_GETFL);
        if (flags >= 0 && (flags & O_NONBLOCK) == 0) {
            ::fcntl(operation.descriptor, F_SETFL, flags | O_NONBLOCK);
        }
    }
    await_ready(operation);
}

/// Tries what was started: at the end of the turn, so that nobody sees it earlier than on io_uring.
void EpollBackend::hand_over()
{
    for (Operation* const operation : starting_) {
        const int result = operation->sends() ? try_send(*operation) : try_connect(*operation, 0);
        if (!must_wait(*operation, result)) {
            due_.push_back({operation, result, 0});
        }
    }
    starting_.clear();
}

void EpollBackend::do_cancel(Operation& operation)
{
    if (std::erase(starting_, &operation) > 0) {
        // io_uring is handed a send before its cancel.
        const int result = operation.sends() ? try_send(operation) : -ECANCELED;
        due_.push_back({&operation, result >= 0 ? result : -ECANCELED, 0});
        return;
    }
    // One that does not wait has its result, or dispatch() is about to try it and looks first.
    if (stop_waiting(operation)) {
        due_.push_back({&operation, -ECANCELED, 0});
    }
}

/// After an attempt: does the operation have to wait? Then it does from now on.
bool EpollBackend::must_wait(Operation& operation, int result)
{
    const bool connects = operation.kind == Operation::Kind::connect;
    if (connects && result == -EAGAIN) {
        retry_later(operation);
        return true;
    }
    if (result == -EAGAIN || result == -EINTR || (connects && result == -EINPROGRESS)) {
        await_ready(operation);
        return true;
    }
    return false;
}

void EpollBackend::await_ready(Operation& operation)
{
    const int descriptor = operation.descriptor;
    if (descriptor < 0) {
        due_.push_back({&operation, -EBADF, 0});
        return;
    }
    const auto index = static_cast<std::size_t>(descriptor);
    if (index >= watches_.size()) {
        watches_.resize(std::max(index + 1, 2 * watches_.size()));
    }
    Watch& watch = watches_[index];
    const int error = arm(descriptor, watch.armed | events_for(operation));
    if (error == EPERM) {
        // epoll takes no files of this kind, because they are always ready.
        due_.push_back({&operation, std::nullopt, EPOLLIN | EPOLLOUT});
        return;
    }
    if (error != 0) {
        due_.push_back({&operation, -error, 0});
        return;
    }
    operation.next_waiting_ = nullptr;
    (watch.last != nullptr ? watch.last->next_waiting_ : watch.first) = &operation;
    watch.last = &operation;
}

/// Ends the wait of an operation for its descriptor; false if it does not wait.
bool EpollBackend::stop_waiting(Operation& operation)
{
    if (std::erase(retrying_, &operation) > 0) {
        return true;
    }
    const int descriptor = operation.descriptor;
    if (descriptor < 0 || static_cast<std::size_t>(descriptor) >= watches_.size()) {
        return false;
    }
    Watch& watch = watches_[static_cast<std::size_t>(descriptor)];
    std::uint32_t others = 0;
    bool found = false;
    Operation* previous = nullptr;
    for (Operation* one = watch.first; one != nullptr; one = one->next_waiting_) {
        if (one == &operation) {
            (previous != nullptr ? previous->next_waiting_ : watch.first) = one->next_waiting_;
            found = true;
        } else {
            others |= events_for(*one);
            previous = one;
        }
    }
    if (found) {
        watch.last = previous;
        (void)arm(descriptor, others);
    }
    return found;
}

/// Has epoll report the events of the descriptor once; none: never. Gives 0 or an errno.
int EpollBackend::arm(int descriptor, std::uint32_t events)
{
    Watch& watch = watches_[static_cast<std::size_t>(descriptor)];
    if (events == watch.armed) {
        return 0;
    }
    epoll_event event{.events = events | EPOLLONESHOT, .data = {.fd = descriptor}};
    if (events == 0) {
        ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, &event);
        watch.registered = false;
        watch.armed = 0;
        return 0;
    }
    // The number may be another file's by now, and then the file is not registered.
    int result =
        ::epoll_ctl(epoll_, watch.registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event);
    if (result != 0 && errno == ENOENT) {
        result = ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
    } else if (result != 0 && errno == EEXIST) {
        result = ::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event);
    }
    if (result != 0) {
        return errno;
    }
    watch.registered = true;
    watch.armed = events;
    return 0;
}

/// Nothing announces when the queue of a Unix socket that listens has room again, so such a
/// connect is tried again and again. In blocking mode, as on io_uring, it would wait.
void EpollBackend::retry_later(Operation& operation)
{
    if (retrying_.empty()) {
        retry_at_ = now() + retry_interval;
    }
    retrying_.push_back(&operation);
}

void EpollBackend::wait(std::optional<Time> deadline)
{
    hand_over();
    looks_ = due_.empty() || !looks_;
    if (!looks_) {
        return;  // First what is done already; but every other time we look.
    }
    if (!retrying_.empty()) {
        deadline = deadline ? std::min(*deadline, retry_at_) : retry_at_;
    }
    std::optional<Time> left;
    if (!due_.empty() || deadline == Time::min()) {
        left = Time::zero();
    } else if (deadline) {
        left = *deadline - now();
    }
    std::array<epoll_event, events_at_once> events;
    const int count = timer_.wait(epoll_, events, left);
    if (count < 0 && errno != EINTR) {
        throw_errno(errno, "wait for epoll");
    }
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        became_ready(event.data.fd, event.events);
    }
    if (!retrying_.empty() && now() >= retry_at_) {
        for (Operation* const operation : std::exchange(retrying_, {})) {
            due_.push_back({operation, std::nullopt, 0});
        }
    }
}

void EpollBackend::became_ready(int descriptor, std::uint32_t events)
{
    Watch& watch = watches_[static_cast<std::size_t>(descriptor)];
    watch.armed = 0;
    watch.last = nullptr;
    std::uint32_t others = 0;
    for (Operation* one = std::exchange(watch.first, nullptr); one != nullptr;) {
        Operation& operation = *std::exchange(one, one->next_waiting_);
        const std::uint32_t wanted = events_for(operation);
        if ((events & wanted) != 0) {
            due_.push_back({&operation, std::nullopt, events});
            continue;
        }
        others |= wanted;
        operation.next_waiting_ = nullptr;
        (watch.last != nullptr ? watch.last->next_waiting_ : watch.first) = &operation;
        watch.last = &operation;
    }
    (void)arm(descriptor, others);
}

void EpollBackend::dispatch()
{
    dispatching_.swap(due_);
    for (const Due& due : dispatching_) {
        Operation& operation = *due.operation;
        if (due.result) {
            completed(operation, {.result = *due.result});
        } else if (operation.state() == Operation::State::cancelling) {
            completed(operation, {.result = -ECANCELED});
        } else {
            attempt(operation, due.events);
        }
    }
    dispatching_.clear();
}

void EpollBackend::attempt(Operation& operation, std::uint32_t events)
{
    int result = 0;
    switch (operation.kind) {
        case Operation::Kind::accept: accept(operation); return;
        case Operation::Kind::receive: receive(operation); return;
        case Operation::Kind::connect: result = try_connect(operation, events); break;
        case Operation::Kind::send:
        case Operation::Kind::gather: result = try_send(operation); break;
        case Operation::Kind::read: result = try_read(operation); break;
        case Operation::Kind::poll:
            result = static_cast<int>(events & (operation.events | always_told));
            break;
    }
    if (!must_wait(operation, result)) {
        completed(operation, {.result = result});
    }
}

void EpollBackend::accept(Operation& operation)
{
    for (int i = 0; i < accepts_at_once; ++i) {
        const int result =
            result_of(::accept4(operation.descriptor, nullptr, nullptr, SOCK_CLOEXEC));
        if (must_wait(operation, result)) {
            return;
        }
        const bool more = result >= 0 && !operation.once;
        completed(operation, {.result = result, .more = more});
        if (!more) {
            return;
        }
        if (operation.state() == Operation::State::cancelling) {
            completed(operation, {.result = -ECANCELED});  // Its descriptor may be closed already.
            return;
        }
    }
    await_ready(operation);
}

void EpollBackend::receive(Operation& operation)
{
    scratch_.resize(receive_size);
    const int result =
        result_of(::recv(operation.descriptor, scratch_.data(), scratch_.size(), MSG_DONTWAIT));
    if (!must_wait(operation, result)) {
        const std::size_t length = result > 0 ? static_cast<std::size_t>(result) : 0;
        completed(operation, {.result = result, .data = {scratch_.data(), length}});
    }
}

}  // namespace asyncio::detail
