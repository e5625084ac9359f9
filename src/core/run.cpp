#include <asyncio/run.hpp>

#include "core/scheduler.hpp"
#include "core/signal_watch.hpp"

#include <csignal>
#include <unistd.h>

namespace asyncio {
namespace detail {
namespace {

/// Cancels the main task when Ctrl-C is pressed.
class InterruptWatch final : public SignalWatch {
public:
    AnyTask main;
    bool interrupted = false;

private:
    void signalled() noexcept override
    {
        if (main) {
            interrupted = true;
            if (!main.done()) {
                main.cancel();
            }
        }
    }
};

/// The watch of the run() that handles SIGINT. Touched by the main thread only.
Ref<InterruptWatch> watch;

}  // namespace

InterruptGuard::InterruptGuard()
{
    // Only the main thread, and only where the program leaves SIGINT to the default.
    struct sigaction action{};
    if (::getpid() != ::gettid() || ::sigaction(SIGINT, nullptr, &action) != 0 ||
        (action.sa_flags & SA_SIGINFO) != 0 || action.sa_handler != SIG_DFL) {
        return;
    }
    auto started = make_ref<InterruptWatch>();
    started->start(SIGINT, get_event_loop().scheduler().backend());
    watch = std::move(started);
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
    watch->main = AnyTask{};
    watch->stop();
    Backend& backend = get_event_loop().scheduler().backend();
    while (!watch->at_rest()) {
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
    watch->stop();
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
