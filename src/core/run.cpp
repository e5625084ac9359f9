#include <asyncio/run.hpp>

#include "core/scheduler.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace asyncio {
namespace detail {
namespace {

/// Cancels the main task when its eventfd is written to.
class InterruptWatch final : public RefCounted, public Operation {
public:
    InterruptWatch() : Operation{Kind::read}
    {
        descriptor = ::eventfd(0, EFD_CLOEXEC);
        if (descriptor < 0) {
            throw_errno(errno, "make an eventfd for SIGINT");
        }
        buffer = reinterpret_cast<std::byte*>(&count_);
        length = sizeof count_;
    }
    ~InterruptWatch() override { ::close(descriptor); }

    void start(Backend& backend) { backend.start(*this, Ref<RefCounted>{this}); }

    void complete(const Completion& completion) noexcept override
    {
        if (completion.result > 0 && main) {
            interrupted = true;
            if (!main.done()) {
                main.cancel();
            }
            start(running_backend());
        }
    }

    AnyTask main;
    bool interrupted = false;

private:
    std::uint64_t count_ = 0;
};

/// The descriptor that the signal handler writes to; -1 while no run() handles SIGINT.
std::atomic<int> interrupt_descriptor{-1};
static_assert(std::atomic<int>::is_always_lock_free);

/// The watch of the run() that handles SIGINT. Touched by the main thread only.
Ref<InterruptWatch> watch;

void on_interrupt(int) noexcept
{
    const int saved = errno;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written =
        ::write(interrupt_descriptor.load(std::memory_order_relaxed), &one, sizeof one);
    errno = saved;
}

}  // namespace

InterruptGuard::InterruptGuard()
{
    // Only the main thread, and only where the program leaves SIGINT to the default.
    struct sigaction action{};
    if (::getpid() != ::gettid() || ::sigaction(SIGINT, nullptr, &action) != 0 ||
        (action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_DFL) {
        return;
    }
    watch = make_ref<InterruptWatch>();
    watch->start(get_event_loop().scheduler().backend());
    interrupt_descriptor = watch->descriptor;
    action.sa_handler = on_interrupt;
    ::sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
    installed_ = true;
}

void InterruptGuard::set_main(AnyTask main) noexcept
{
    if (installed_) {
        watch->main = std::move(main);
    }
}

InterruptGuard::~InterruptGuard()
{
    if (!installed_) {
        return;
    }
    ::signal(SIGINT, SIG_DFL);
    interrupt_descriptor = -1;
    watch->main = AnyTask{};
    Backend& backend = get_event_loop().scheduler().backend();
    backend.cancel(*watch);
    while (!watch->idle()) {
        backend.wait(std::nullopt);
        backend.dispatch();
    }
    watch = {};
}

void InterruptGuard::finish()
{
    if (!installed_ || !watch->interrupted) {
        return;
    }
    Loop& loop = get_event_loop();
    loop.scheduler().cancel_all();
    ::signal(SIGINT, SIG_DFL);
    ::raise(SIGINT);
}

}  // namespace detail

AnyTask current_task() { return AnyTask{detail::Ref<detail::TaskState>{&detail::running_task()}}; }

std::vector<AnyTask> all_tasks()
{
    std::vector<AnyTask> tasks;
    detail::TaskState* task = get_event_loop().scheduler().first_task();
    for (; task != nullptr; task = detail::TaskList::next(*task)) {
        if (!task->done()) {
            tasks.emplace_back(detail::Ref<detail::TaskState>{task});
        }
    }
    return tasks;
}

}  // namespace asyncio
