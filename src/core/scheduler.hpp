#pragma once

#include "core/backend.hpp"
#include "core/ready_queue.hpp"
#include "core/timer_queue.hpp"

#include <asyncio/loop.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace asyncio::detail {

class Inbox;
class InboxReader;

/// The inside of a Loop: what is ready, what sleeps, what the kernel does for us, and the turn
/// that connects them. See Loop, and ARCHITECTURE.md, "One turn of the loop".
class Scheduler {
public:
    Scheduler(Loop& loop, std::unique_ptr<Backend> backend);
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;
    ~Scheduler();

    /// Takes in a new task, ready to run. Throws RuntimeError when the loop is closed.
    void add(TaskState& task);
    void make_ready(TaskState& task) noexcept { ready_.push(task); }
    void arm(Timer& timer, Time delay) noexcept;

    /// Runs until `main` is done, or - null - until stop().
    void run(TaskState* main);
    void stop() noexcept;
    /// Throws RuntimeError unless run() may be called now.
    void refuse_if_unusable() const;

    /// One turn that does not wait; false when there was nothing to do. For VirtualLoop.
    bool turn_without_waiting();
    /// The next deadline. For VirtualLoop.
    [[nodiscard]] std::optional<Time> next_timer() noexcept;

    /// Cancels every task and lets their cleanup run; gives up after cleanup_time or cleanup_turns.
    void cancel_all();
    /// cancel_all(); then drops what is left, and frees all that the kernel holds.
    void close();

    /// The first of all tasks that are not finished with; TaskList::next() has the others.
    [[nodiscard]] TaskState* first_task() const noexcept { return tasks_.first(); }

    /// Where other threads leave messages. The loop listens until all expected ones have come.
    [[nodiscard]] std::shared_ptr<Inbox> inbox();
    /// The same for a LoopHandle: it listens while a copy of the result lives.
    [[nodiscard]] std::shared_ptr<Inbox> inbox_handle();

    [[nodiscard]] Loop& loop() const noexcept { return loop_; }
    [[nodiscard]] bool running() const noexcept { return running_; }
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    [[nodiscard]] Backend& backend() noexcept { return *backend_; }
    [[nodiscard]] const Backend& backend() const noexcept { return *backend_; }

    /// When the wait of the last turn ended that had one, or had timers; on the backend's clock.
    [[nodiscard]] Time turn_time() const noexcept { return turn_time_; }

    ExceptionHandler exception_handler;

    /// See Loop::set_slow_callback_duration().
    void set_slow_step(std::optional<Time> limit) noexcept;
    [[nodiscard]] std::optional<Time> slow_step() const noexcept { return slow_step_wanted_; }

    /// How long tasks may clean up when their loop is closed, before they are dropped.
    static constexpr Time cleanup_time = std::chrono::seconds{2};
    static constexpr int cleanup_turns = 1'000'000;

private:
    class Running;

    void run_ready();
    void wait(bool may_block);
    [[gnu::always_inline]] inline void step(TaskState& task);  // In scheduler.cpp.
    [[gnu::noinline]] void settle(TaskState& task);  // So that a mere switch stays short.
    [[gnu::noinline]] static void end_with_cancel(TaskState& task);
    void step_watched(TaskState& task);
    void resume(TaskState& task) noexcept;
    void finish(TaskState& task);
    [[gnu::noinline]] void report(TaskState& task);
    void forget(TaskState& task) noexcept;
    void drop_all() noexcept;
    void ask_to_stop() noexcept;
    [[nodiscard]] bool over() const noexcept;

    Loop& loop_;
    std::unique_ptr<Backend> backend_;
    ReadyQueue ready_;
    TimerQueue timers_;
    TaskList tasks_;
    Ref<InboxReader> inbox_;  // Made when it is first needed.
    Time turn_time_{};
    std::optional<Time> slow_step_wanted_;
    Time slow_step_{};  // In this run; 0: no step is too slow.
    std::uint64_t created_ = 0;  // Tasks so far: the next one's number.
    std::uint64_t asked_to_stop_ = 0;  // Tasks up to this number were cancelled by cancel_all().
    TaskState* main_ = nullptr;  // The task whose end ends the run.
    bool running_ = false;
    bool forever_ = false;  // In run_forever(): stop() counts.
    bool stopping_ = false;
    TaskState* stop_after_ = nullptr;  // The last task to run before run_forever() returns.
    bool stopped_ = false;
    bool closed_ = false;
};

/// This thread's scheduler. Throws RuntimeError("no running event loop") if there is none.
[[nodiscard]] Scheduler& running_scheduler();

}  // namespace asyncio::detail
