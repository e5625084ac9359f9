#include <asyncio/loop.hpp>

#include "core/describe.hpp"
#include "core/report.hpp"
#include "core/scheduler.hpp"
#include "core/simulated_backend.hpp"
#include "core/this_loop.hpp"

#include <asyncio/debug.hpp>

#include <cstdio>
#include <string>

namespace asyncio {

Loop::Loop(std::unique_ptr<detail::Backend> backend)
    : scheduler_{std::make_unique<detail::Scheduler>(*this, std::move(backend))}
{
}

Loop::~Loop()
{
    if (is_running()) {
        // exit() in a task: its frame is in use, so nothing of the loop can be taken down.
        (void)scheduler_.release();
        detail::context.scheduler = nullptr;
        return;
    }
    try {
        close();
    } catch (...) {
        // The exception handler threw; the loop is closed all the same.
    }
}

void Loop::schedule(detail::TaskState& task) { scheduler_->add(task); }

void Loop::refuse_if_unusable() const { scheduler_->refuse_if_unusable(); }

void Loop::run_forever() { scheduler_->run(nullptr); }

void Loop::run_until_done(detail::TaskState& task)
{
    task.mark_retrieved();
    scheduler_->run(&task);
}

void Loop::stop() noexcept { scheduler_->stop(); }

void Loop::close() { scheduler_->close(); }

bool Loop::is_closed() const noexcept { return scheduler_->closed(); }

bool Loop::is_running() const noexcept { return scheduler_->running(); }

void Loop::set_exception_handler(ExceptionHandler handler)
{
    scheduler_->exception_handler = std::move(handler);
}

ExceptionHandler Loop::get_exception_handler() const { return scheduler_->exception_handler; }

void Loop::default_exception_handler(const ExceptionContext& context)
{
    std::string text = context.message + "\n";
    if (context.future) {
        const std::source_location& where = context.future.state().where();
        text += "future: task '" + context.future.name() + "' created at " + where.file_name() +
                ":" + std::to_string(where.line()) + "\n";
    }
    if (context.exception) {
        text += "exception: " + detail::describe(context.exception) + "\n";
    }
    std::fputs(text.c_str(), stderr);
}

void Loop::call_exception_handler(const ExceptionContext& context)
{
    if (const ExceptionHandler handler = scheduler_->exception_handler) {
        handler(*this, context);
    } else {
        default_exception_handler(context);
    }
}

void Loop::dump_tasks() { debug::report(debug::describe(debug::tasks(*this))); }

void Loop::set_slow_callback_duration(std::optional<std::chrono::nanoseconds> duration) noexcept
{
    scheduler_->set_slow_step(duration);
}

std::optional<std::chrono::nanoseconds> Loop::slow_callback_duration() const noexcept
{
    return scheduler_->slow_step();
}

std::string Loop::backend() const { return scheduler_->backend().description(); }

namespace detail {
namespace {

thread_local std::unique_ptr<Loop> this_loop;

}  // namespace

std::unique_ptr<Loop> set_this_loop(std::unique_ptr<Loop> loop) noexcept
{
    std::swap(this_loop, loop);
    context.scheduler = this_loop ? &this_loop->scheduler() : nullptr;
    return loop;
}

[[gnu::noinline]] static Loop& make_this_loop()
{
    if (!this_loop) {
        set_this_loop(std::make_unique<Loop>(make_backend()));
    }
    return *this_loop;
}

}  // namespace detail

Loop& get_event_loop()
{
    return detail::context.scheduler != nullptr ? detail::context.scheduler->loop()
                                                : detail::make_this_loop();
}

Loop& new_event_loop()
{
    if (detail::context.running != nullptr) {
        throw RuntimeError{"cannot replace the event loop from inside a task"};
    }
    ExceptionHandler handler;
    std::exception_ptr error;  // What the handler threw while the old loop closed.
    if (Loop* old = detail::this_loop.get()) {
        if (dynamic_cast<detail::SimulatedBackend*>(&old->scheduler().backend()) != nullptr) {
            throw RuntimeError{"cannot replace the loop of a VirtualLoop"};
        }
        handler = old->get_exception_handler();
        try {
            old->close();  // While it still is this thread's loop: cleanup uses it.
        } catch (...) {
            if (!old->is_closed()) {
                throw;
            }
            error = std::current_exception();
        }
        detail::set_this_loop(nullptr);
    }
    Loop& loop = get_event_loop();
    loop.set_exception_handler(std::move(handler));
    if (error) {
        std::rethrow_exception(error);
    }
    return loop;
}

}  // namespace asyncio
