#include "core/scheduler.hpp"

#include "core/describe.hpp"
#include "core/inbox.hpp"
#include "core/report.hpp"

#include <asyncio/debug.hpp>
#include <asyncio/detail/suspension.hpp>
#include <asyncio/errors.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>

namespace asyncio::detail {
namespace {

/// What a task may take of the loop's time in debug mode.
constexpr Time usual_slow_step = std::chrono::milliseconds{50};

/// With more timers than this a loop wakes a little later and serves several at once. Each wake-up
/// is a system call, which costs more than many a task.
constexpr std::size_t many_timers = TimerQueue::many;

/// With many timers, those that wait long end together with others: later by up to 1/256 of their
/// delay, and by no more than about a millisecond. (poll(2) takes 1/1000 of its timeout.)
Time together_with_others(Time deadline, Time delay) noexcept
{
    constexpr std::uint64_t coarsest = 1U << 20U;  // Nanoseconds, a tick of the TimerWheel.
    const auto tolerance = static_cast<std::uint64_t>(delay.count()) / 256;
    const std::uint64_t step =
        std::min(std::bit_floor(std::max<std::uint64_t>(tolerance, 1)), coarsest);
    if (deadline > Time::max() - Time{coarsest}) {
        return deadline;
    }
    const std::uint64_t at = static_cast<std::uint64_t>(deadline.count()) + step - 1;
    return Time{static_cast<Time::rep>(at / step * step)};
}

}  // namespace

/// Marks the scheduler as running, also when an exception of the handler leaves it.
class Scheduler::Running {
public:
    Running(Scheduler& scheduler, TaskState* main, bool forever) : scheduler_{scheduler}
    {
        scheduler.refuse_if_unusable();
        scheduler.running_ = true;
        scheduler.forever_ = forever;
        scheduler.main_ = main;
        scheduler.turn_time_ = scheduler.backend_->now();
        scheduler.set_slow_step(scheduler.slow_step_wanted_);
        previous_ = std::exchange(context.scheduler, &scheduler);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running()
    {
        scheduler_.running_ = scheduler_.forever_ = scheduler_.stopping_ = scheduler_.stopped_ =
            false;
        scheduler_.main_ = scheduler_.stop_after_ = nullptr;
        context.scheduler = previous_;
    }

private:
    Scheduler& scheduler_;
    Scheduler* previous_;
};

Scheduler::Scheduler(Loop& loop, std::unique_ptr<Backend> backend)
    : loop_{loop}, backend_{std::move(backend)}
{
}

Scheduler::~Scheduler()
{
    if (context.scheduler == this) {
        context.scheduler = nullptr;
    }
}

void Scheduler::refuse_if_unusable() const
{
    if (closed_) {
        throw RuntimeError{"the event loop is closed"};
    }
    if (context.running != nullptr || running_) {
        throw RuntimeError{"the event loop is already running"};
    }
    backend_->refuse_after_fork();
}

void Scheduler::add(TaskState& task)
{
    if (closed_) {
        throw RuntimeError{"cannot create a task: the event loop is closed"};
    }
    task.retain();  // Until forget().
    task.scheduler_ = this;
    task.number_ = ++created_;
    task.parent_ = context.running != nullptr ? context.running->number_ : 0;
    task.since_ = turn_time_;
    tasks_.append(task);
    ready_.push(task);
}

void Scheduler::arm(Timer& timer, Time delay) noexcept
{
    const Time now = backend_->now();
    Time deadline = delay > Time::max() - now ? Time::max() : now + delay;
    if (timers_.size() > many_timers && backend_->timer_slack() > Time::zero()) {
        deadline = together_with_others(deadline, delay);
    }
    timers_.add(timer, deadline, now);
}

void Scheduler::run(TaskState* main)
{
    const Running guard{*this, main, main == nullptr};
    while (!over()) {
        run_ready();
        if (!over()) {
            wait(true);
        }
    }
}

bool Scheduler::over() const noexcept { return main_ != nullptr ? main_->done() : stopped_; }

void Scheduler::stop() noexcept
{
    if (forever_ && !stopping_) {
        stopping_ = true;
        stop_after_ = ready_.last();
        stopped_ = stop_after_ == nullptr;
    }
}

bool Scheduler::turn_without_waiting()
{
    if (ready_.empty() && !backend_->has_work() &&
        (timers_.empty() || timers_.first() > backend_->now())) {
        return false;
    }
    const Running guard{*this, nullptr, false};
    run_ready();
    wait(false);
    return true;
}

std::optional<Time> Scheduler::next_timer() noexcept
{
    return timers_.empty() ? std::nullopt : std::optional{timers_.first()};
}

void Scheduler::run_ready()
{
    // What becomes ready from now on belongs to the next turn.
    TaskState* last = ready_.last();
    while (last != nullptr && !over()) {
        TaskState& task = ready_.pop();
        if (&task == last) {
            last = nullptr;
        }
        const bool final_one = stopping_ && &task == stop_after_;
        if (slow_step_ > Time::zero()) {
            step_watched(task);
        } else {
            step(task);
        }
        if (final_one) {
            stopped_ = true;
        }
    }
}

void Scheduler::wait(bool may_block)
{
    backend_->refuse_after_fork();
    std::optional<Time> deadline;
    if (!may_block || !ready_.empty()) {
        deadline = Time::min();
    } else if (!timers_.empty()) {
        deadline = timers_.first();
        if (timers_.size() > many_timers && *deadline < Time::max() - backend_->timer_slack()) {
            *deadline += backend_->timer_slack();
        }
    }
    const bool waiting = deadline != Time::min() || backend_->has_work();
    if (waiting) {
        backend_->wait(deadline);
    }
    if (waiting || !timers_.empty()) {
        turn_time_ = backend_->now();
        timers_.expire(turn_time_);  // Timers first: what was due earlier runs earlier.
        backend_->dispatch();
        if (inbox_) {
            inbox_->throw_if_deaf();
        }
    }
}

void Scheduler::step(TaskState& task)
{
    if (task.done_) {
        report(task);
        return;
    }
    if (task.cancel_requested_ && !task.started_) {
        task.cancel_requested_ = false;
        end_with_cancel(task);
    } else {
        resume(task);
    }
    if (task.ended_ || task.cancel_requested_) {
        settle(task);
    }
}

/// What is due behind the step in which a task has ended, or was cancelled.
void Scheduler::settle(TaskState& task)
{
    if (task.ended_) {
        if (task.cancel_requested_ && !task.failed_) {
            // It cancelled a task that waits for it, and ended before its next await: the cancel
            // is not lost, but is how it ends.
            end_with_cancel(task);
        }
        finish(task);
    } else if (task.waiting_on_ != nullptr) {
        // The cancel came while the task ran; now it waits, and whatever it waits for lets go.
        task.cancel_requested_ = false;
        task.deliver_cancel();
    }
}

void Scheduler::end_with_cancel(TaskState& task)
{
    task.set_exception(std::make_exception_ptr(CancelledError{}));
    task.ended(true, true);
}

void Scheduler::set_slow_step(std::optional<Time> limit) noexcept
{
    slow_step_wanted_ = limit;
    slow_step_ = limit.value_or(debug::enabled() ? usual_slow_step : Time{});
}

void Scheduler::step_watched(TaskState& task)
{
    const Ref<TaskState> kept{&task};
    const Time begin = backend_->now();
    step(task);
    const Time taken = backend_->now() - begin;
    if (taken > slow_step_) {
        debug::report("task '" + one_line(task.name()) + "' held the loop for " +
                      in_seconds(taken));
    }
}

void Scheduler::resume(TaskState& task) noexcept
{
    task.started_ = true;
    context.running = &task;
    std::coroutine_handle<> frame = std::exchange(task.resume_, nullptr);
    while (frame) {
        context.transfer = nullptr;
        frame.resume();
        frame = context.transfer;
    }
    context.running = nullptr;
}

void Scheduler::finish(TaskState& task)
{
    task.done_ = true;
    task.destroy_frame();
    if (task.companion_ != nullptr) {
        task.companion_->task_ended(task.failed_);
    }
    task.wake_joiners();
    if (task.failed_ && !task.cancelled_ && !task.retrieved_ && &task != main_) {
        ready_.push(task);  // Whoever awaits it before its turn comes spares the report.
    } else {
        forget(task);
    }
}

void Scheduler::report(TaskState& task)
{
    const Ref<TaskState> kept{&task};
    forget(task);
    if (!task.retrieved_) {
        loop_.call_exception_handler(
            {"Task exception wasn't retrieved", task.exception(), AnyTask{kept}});
    }
}

void Scheduler::forget(TaskState& task) noexcept
{
    tasks_.remove(task);
    task.scheduler_ = nullptr;
    task.release();
}

void Scheduler::ask_to_stop() noexcept
{
    for (TaskState* task = tasks_.first(); task != nullptr; task = TaskList::next(*task)) {
        task->cancel();
    }
    asked_to_stop_ = created_;
}

void Scheduler::cancel_all()
{
    const Running guard{*this, nullptr, false};
    asked_to_stop_ = 0;
    const Time deadline = backend_->now() + cleanup_time;
    // The turns count too: a virtual clock stands still while a task yields for ever.
    for (int turn = 0; turn < cleanup_turns && tasks_.first() != nullptr; ++turn) {
        if (tasks_.first()->number_ > asked_to_stop_) {
            ask_to_stop();  // Later once more, for those that a cleanup has created and left.
        }
        run_ready();
        if (tasks_.first() == nullptr || backend_->now() >= deadline) {
            break;
        }
        if (ready_.empty()) {
            if (timers_.empty() && backend_->in_flight() == backend_->in_background()) {
                break;  // Nothing will ever wake those that are left.
            }
            backend_->wait(timers_.empty() ? deadline : std::min(deadline, timers_.first()));
        } else if (backend_->has_work()) {
            backend_->wait(Time::min());
        }
        turn_time_ = backend_->now();
        timers_.expire(turn_time_);
        backend_->dispatch();
    }
}

void Scheduler::drop_all() noexcept
{
    const auto clear_ready = [this] {
        while (!ready_.empty()) {
            (void)ready_.pop();
        }
    };
    clear_ready();
    // The youngest first: a task uses what its creator owns. Their destructors may create more.
    while (TaskState* task = tasks_.last()) {
        const Ref<TaskState> kept{task};
        forget(*task);
        if (!task->done_) {
            task->done_ = task->failed_ = task->cancelled_ = true;
            task->forget_joiners();
            task->waiting_on_ =
                nullptr;  // A destructor may cancel this task, or one that awaits it.
            task->destroy_frame();
            if (task->companion_ != nullptr) {
                task->companion_->task_ended(true);
            }
            task->set_exception(std::make_exception_ptr(CancelledError{}));
            clear_ready();  // What the frame's destructors have woken.
        }
    }
}

void Scheduler::close()
{
    if (closed_) {
        return;
    }
    std::exception_ptr error;  // What the exception handler threw, if it did.
    if (!backend_->forked()) {
        refuse_if_unusable();
        try {
            cancel_all();
        } catch (...) {
            error = std::current_exception();
        }
    }
    Scheduler* const previous = std::exchange(context.scheduler, this);
    running_ = true;  // No destructor can run or close it now.
    if (inbox_) {
        inbox_->inbox()->close();
    }
    do {
        drop_all();
        backend_->drain();  // What it still completes may have made a task: an accept, for one.
    } while (tasks_.last() != nullptr);
    running_ = false;
    closed_ = true;
    context.scheduler = previous;
    if (error) {
        std::rethrow_exception(error);
    }
}

std::shared_ptr<Inbox> Scheduler::inbox()
{
    if (closed_) {
        throw RuntimeError{"the event loop is closed"};
    }
    if (!inbox_) {
        inbox_ = make_ref<InboxReader>();
    }
    inbox_->listen(*backend_);
    return inbox_->inbox();
}

std::shared_ptr<Inbox> Scheduler::inbox_handle()
{
    (void)inbox();
    return inbox_->handle();
}

Scheduler& running_scheduler()
{
    if (context.scheduler == nullptr) {
        throw RuntimeError{"no running event loop"};
    }
    return *context.scheduler;
}

Backend& running_backend() { return running_scheduler().backend(); }

}  // namespace asyncio::detail
