#include "core/signal_watch.hpp"

#include "core/eventfd_read.hpp"
#include "core/report.hpp"

#include <asyncio/errors.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace asyncio::detail {
namespace {

/// One more than the descriptor that the handler of a signal writes to; 0: it is not watched.
std::array<std::atomic<int>, NSIG> descriptors;
/// How many threads are in the handler now.
std::atomic<int> handling;
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void on_watched_signal(int signal)
{
    const int saved = errno;
    ++handling;
    const std::uint64_t one = 1;
    const int descriptor = descriptors[static_cast<std::size_t>(signal)] - 1;
    [[maybe_unused]] const ssize_t written = ::write(descriptor, &one, sizeof one);
    --handling;
    errno = saved;
}

/// Lets a handler that runs on another thread end, which may be about to use the descriptor.
void wait_for_handlers() noexcept
{
    constexpr int patience = 1000;  // After a fork() the other thread is not there to end.
    for (int i = 0; i < patience && handling != 0; ++i) {
        ::sched_yield();
    }
}

}  // namespace

void SignalWatch::start(int signal, Backend& backend)
{
    const std::string act = "watch signal " + std::to_string(signal);
    if (signal <= 0 || signal >= NSIG) {
        throw std::invalid_argument{"cannot " + act + ": there is no such signal"};
    }
    if (descriptor < 0) {
        descriptor = ::eventfd(0, EFD_CLOEXEC);
        if (descriptor < 0) {
            throw_errno(errno, act);
        }
        buffer = reinterpret_cast<std::byte*>(&count_);
        length = sizeof count_;
    }
    int nobody = 0;
    if (!descriptors[static_cast<std::size_t>(signal)].compare_exchange_strong(nobody,
                                                                               descriptor + 1)) {
        throw std::invalid_argument{"cannot " + act + ": it is being watched already"};
    }
    struct sigaction action{};
    action.sa_handler = on_watched_signal;
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    if (::sigaction(signal, &action, &before_) != 0) {
        descriptors[static_cast<std::size_t>(signal)] = 0;
        throw std::invalid_argument{"cannot " + act + ": it cannot be handled"};
    }
    signal_ = signal;
    backend_ = &backend;
    try {
        backend.start(*this, Ref<RefCounted>{this});
    } catch (...) {
        stop();
        throw;
    }
}

void SignalWatch::stop() noexcept
{
    if (signal_ == 0) {
        return;
    }
    ::sigaction(signal_, &before_, nullptr);
    descriptors[static_cast<std::size_t>(signal_)] = 0;
    wait_for_handlers();
    signal_ = 0;
    if (!idle()) {
        backend_->cancel(*this);
    }
}

SignalWatch::~SignalWatch()
{
    if (descriptor >= 0) {
        ::close(descriptor);
    }
}

void SignalWatch::complete(const Completion& completion) noexcept
{
    if (completion.result == -ECANCELED || signal_ == 0) {
        return;  // Stopped, or the loop closes.
    }
    if (const int error = read_failure(completion); error != 0) {
        const int signal = signal_;
        stop();  // The signal does again what it did before.
        debug::report("cannot watch signal " + std::to_string(signal) + ": " +
                      std::generic_category().message(error));
        return;
    }
    if (completion.result > 0) {
        signalled();
    }
    if (signal_ != 0) {
        backend_->start(*this, Ref<RefCounted>{this});
    }
}

}  // namespace asyncio::detail
