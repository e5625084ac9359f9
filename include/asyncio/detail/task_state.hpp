#pragma once

#include <asyncio/detail/context.hpp>
#include <asyncio/detail/frame_pool.hpp>
#include <asyncio/detail/outcome.hpp>
#include <asyncio/detail/ref.hpp>
#include <asyncio/detail/task_companion.hpp>
#include <asyncio/detail/timer.hpp>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <source_location>
#include <string>
#include <utility>

namespace asyncio::detail {

class Suspension;

/// Somebody who wants to know when a task ends; lives in the frame that waits.
class Joiner {
public:
    Joiner(const Joiner&) = delete;
    Joiner& operator=(const Joiner&) = delete;

    /// Called once, when the task has ended; the joiner is out of its list by then.
    virtual void task_ended() noexcept = 0;

protected:
    Joiner() = default;
    Joiner([[maybe_unused]] Joiner&& other) noexcept { assert(other.task_ == nullptr); }
    ~Joiner() { leave(); }

    /// Joins the others who wait for `task`, behind them. Requires: it is not done.
    void join(TaskState& task) noexcept;
    void leave() noexcept;
    [[nodiscard]] bool joined() const noexcept { return task_ != nullptr; }

private:
    friend class TaskState;

    TaskState* task_ = nullptr;
    Joiner* previous_ = nullptr;
    Joiner* next_ = nullptr;
};

/// A task, without the type of its result.
///
/// It lies in the memory block of its outermost coroutine, in front of the frame, so that
/// create_task() allocates nothing else. The frame dies when the coroutine ends; the block lives
/// as long as the loop or a handle refers to the task.
class TaskState : public RefCounted {
public:
    TaskState(std::coroutine_handle<> frame, std::source_location where) noexcept
        : frame_{frame}, resume_{frame}, where_{where}
    {
    }

    [[nodiscard]] bool done() const noexcept { return done_; }
    [[nodiscard]] bool cancelled() const noexcept { return done_ && cancelled_; }
    [[nodiscard]] std::string name() const;
    /// Empty: "Task-N".
    void set_name(std::string name);
    /// `companion` stays with it until task_gone(). Requires: it has no name.
    void accompany(TaskCompanion& companion) noexcept { companion_ = &companion; }
    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

    /// Did it end with an exception (CancelledError too)?
    [[nodiscard]] bool failed() const noexcept { return done_ && failed_; }
    /// The exception, or null.
    [[nodiscard]] virtual std::exception_ptr exception() const noexcept = 0;

    /// Ends it with an exception, from outside: it never ran, or its loop is gone.
    virtual void set_exception(std::exception_ptr exception) noexcept = 0;

    /// Asks the task to stop; false when it is done. See Task::cancel().
    bool cancel();

    /// How many cancels were asked for and not taken back. See Task::cancelling().
    [[nodiscard]] std::uint32_t cancelling() const noexcept { return cancels_; }
    /// Takes one back; see Task::uncancel().
    std::uint32_t uncancel() noexcept;

    /// For a scope that cancelled its own task: takes that cancel back, also when it is not
    /// delivered yet. False if others asked for one since there were `before` of them.
    [[nodiscard]] bool take_back_cancel(std::uint32_t before) noexcept;

    /// The cancel is delivered again, at the next await.
    void renew_cancel() noexcept { cancel_requested_ = true; }

    /// Its failure is somebody's business now, so it is not reported to the loop's handler.
    void mark_retrieved() noexcept { retrieved_ = true; }

    /// The coroutine has ended, maybe with an exception, and that maybe a CancelledError. From its
    /// final suspend point.
    void ended(bool failed, bool cancelled) noexcept
    {
        ended_ = true;
        failed_ = failed;
        cancelled_ = cancelled;
    }

    /// What asyncio::debug tells of it. Null: it is ready, running or done.
    [[nodiscard]] const Suspension* waiting_on() const noexcept { return waiting_on_; }
    [[nodiscard]] Time since() const noexcept { return since_; }
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    [[nodiscard]] std::uint64_t parent() const noexcept { return parent_; }

    /// Will the loop resume it in this turn or the next?
    [[nodiscard]] bool ready() const noexcept { return ready_; }

protected:
    ~TaskState() override
    {
        if (companion_ != nullptr) {
            companion_->task_gone();
        }
    }

    /// Destroys the outermost frame, and with it all that wait inside it.
    void destroy_frame() noexcept
    {
        if (std::coroutine_handle<> frame = std::exchange(frame_, nullptr)) {
            frame.destroy();
        }
    }

private:
    friend class Joiner;
    friend class ReadyQueue;
    friend class Scheduler;
    friend class Suspension;
    friend class TaskList;

    /// The task at which a cancel arrives: it waits for no other task, or for one of a cycle.
    /// Counts the cancel in the others on the way.
    [[nodiscard]] TaskState& innermost() noexcept;
    void deliver_cancel() noexcept;
    void wake_joiners() noexcept;
    void forget_joiners() noexcept;

    std::uint32_t cancels_ = 0;  // Asked for and not taken back. (Next to the count of owners.)
    std::coroutine_handle<> frame_;  // The outermost frame; null once it is destroyed.
    std::coroutine_handle<> resume_;  // The innermost frame, where the task goes on.
    Suspension* waiting_on_ = nullptr;  // Null while it is ready, running or done.
    Scheduler* scheduler_ = nullptr;  // Null when its loop is gone.
    TaskState* next_ready_ = nullptr;  // Links of the ready queue ...
    TaskState* previous_task_ = nullptr;  // ... and of the loop's list of all tasks.
    TaskState* next_task_ = nullptr;
    Joiner* first_joiner_ = nullptr;
    Joiner* last_joiner_ = nullptr;
    TaskCompanion* companion_ = nullptr;  // Null: its name is "Task-N".
    std::source_location where_;
    Time since_{};  // When it began to wait, or became ready for the first time.
    std::uint64_t number_ = 0;
    std::uint64_t parent_ = 0;  // The number of the task that created it; 0: none.
    bool started_ = false;
    bool ready_ = false;
    bool ended_ = false;  // The coroutine is at its end; the loop has yet to see to it.
    bool done_ = false;
    bool failed_ = false;  // It ended with an exception, which may be that of a cancel:
    bool cancelled_ = false;
    bool cancel_requested_ = false;
    bool retrieved_ = false;  // Somebody waited for it, so its failure needs no report.
    bool passing_cancel_ = false;  // cancel() is on its way through this task: finds cycles.
};

/// A task with its result.
template <typename T>
class TaskStateOf final : public TaskState {
public:
    using TaskState::TaskState;

    [[nodiscard]] std::exception_ptr exception() const noexcept override
    {
        return outcome.exception();
    }
    void set_exception(std::exception_ptr exception) noexcept override
    {
        outcome.set_exception(std::move(exception));
    }

    Outcome<T> outcome;

private:
    void destroy() noexcept override;
};

/// What stands in front of every coroutine frame: room for the task that it may become.
///
/// A coroutine that is only awaited never constructs the task; it costs it a few bytes of the
/// pool and no time.
template <typename T>
struct FrameHeader {
    static constexpr std::size_t alignment = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
    static_assert(alignof(TaskStateOf<T>) <= alignment, "over-aligned results are not supported");

    std::uint32_t size = 0;  // Of the whole block.
    bool is_task = false;
    alignas(alignof(TaskStateOf<T>)) std::byte room[sizeof(TaskStateOf<T>)];

    static constexpr std::size_t offset() noexcept
    {
        return (sizeof(FrameHeader) + alignment - 1) / alignment * alignment;
    }
    static FrameHeader& of(void* frame) noexcept
    {
        return *reinterpret_cast<FrameHeader*>(static_cast<std::byte*>(frame) - offset());
    }

    static void* allocate(std::size_t frame_size)
    {
        const std::size_t size = offset() + frame_size;
        void* block = allocate_frame(size);
        auto* header = new (block) FrameHeader;
        header->size = static_cast<std::uint32_t>(size);
        return static_cast<std::byte*>(block) + offset();
    }
    static void deallocate(void* frame) noexcept
    {
        FrameHeader& header = of(frame);
        if (!header.is_task) {
            free_frame(&header, header.size);
        }
        // Else the block belongs to the task, which ends in its own time.
    }
};

template <typename T>
void TaskStateOf<T>::destroy() noexcept
{
    using Header = FrameHeader<T>;
    auto* header =
        reinterpret_cast<Header*>(reinterpret_cast<std::byte*>(this) - offsetof(Header, room));
    const std::size_t size = header->size;
    destroy_frame();  // There still is one if no loop took the task.
    this->~TaskStateOf();
    free_frame(header, size);
}

/// The running task; throws RuntimeError("no running event loop") outside of one.
[[nodiscard]] TaskState& running_task();

/// Is the exception that is being handled a CancelledError?
[[nodiscard]] bool handling_cancelled_error() noexcept;

}  // namespace asyncio::detail
