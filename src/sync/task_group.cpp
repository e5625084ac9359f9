#include <asyncio/task_group.hpp>

#include <algorithm>
#include <list>
#include <vector>

namespace asyncio {
namespace detail {
namespace {

/// Fails at once: a way to the loop's exception handler that never throws at us.
Coroutine<> fail_with(ExceptionGroup error)
{
    throw error;
    co_return;
}

}  // namespace

/// What the handles of a group share.
class TaskGroupState final : public RefCounted {
public:
    void refuse_if_closed() const;
    void add(Ref<TaskState> task);

    void enter_body();
    void leave_body(std::exception_ptr exception);
    void leave_cancelled_body();

    static Coroutine<> join(Ref<TaskGroupState> group);

    /// The owner is gone.
    void abandon() noexcept;

private:
    class Child;
    class AllEnded;

    void child_ended(std::list<Child>::iterator child) noexcept;
    void abort() noexcept;
    bool leave() noexcept;
    void finish();
    [[nodiscard]] ExceptionGroup take_errors();

    std::list<Child> children_;
    std::vector<std::exception_ptr> errors_;  // Has room for those of all children.
    bool aborting_ = false;                   // The children were asked to stop.
    bool cancelled_ = false;                  // Somebody else cancelled the owner.
    bool finished_ = false;
    AllEnded* waiter_ = nullptr;              // The owner, in join().
    Ref<TaskState> parent_;                   // The owner, while it runs the body.
    std::uint32_t cancels_before_ = 0;
    bool parent_cancelled_ = false;           // By us.
};

/// A task of the group that has not ended.
class TaskGroupState::Child final : public Joiner {
public:
    Child(TaskGroupState& group, Ref<TaskState> child) : task{std::move(child)}, group_{group} {}

    void begin(std::list<Child>::iterator self)
    {
        self_ = self;
        join(*task);
    }
    using Joiner::leave;

    const Ref<TaskState> task;

private:
    void task_ended() noexcept override { group_.child_ended(self_); }

    TaskGroupState& group_;
    std::list<Child>::iterator self_;
};

/// Awaiter: waits until no child is left. It does not throw: await_resume() says whether the
/// owner was cancelled.
class TaskGroupState::AllEnded final : public Suspension {
public:
    explicit AllEnded(TaskGroupState& group) noexcept : group_{group} {}
    ~AllEnded()
    {
        if (suspended()) {
            group_.waiter_ = nullptr;
        }
    }

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(Awaiting awaiting) noexcept
    {
        suspend(awaiting);
        group_.waiter_ = this;
    }
    [[nodiscard]] bool await_resume() noexcept { return take_cancel(); }

    void interrupt() noexcept override { end(); }
    [[nodiscard]] const char* what() const noexcept override { return "task group"; }

    void end() noexcept
    {
        group_.waiter_ = nullptr;
        wake();
    }

private:
    TaskGroupState& group_;
};

void TaskGroupState::refuse_if_closed() const
{
    if (finished_) {
        throw RuntimeError{"cannot add a task: the TaskGroup is finished"};
    }
    if (aborting_) {
        throw RuntimeError{"cannot add a task: the TaskGroup is shutting down"};
    }
}

void TaskGroupState::add(Ref<TaskState> task)
{
    const std::size_t most_errors = errors_.size() + children_.size() + 2;  // And the body's.
    if (errors_.capacity() < most_errors) {
        errors_.reserve(2 * most_errors);
    }
    const auto child = children_.emplace(children_.end(), *this, std::move(task));
    child->begin(child);
}

void TaskGroupState::child_ended(std::list<Child>::iterator child) noexcept
{
    const Ref<TaskState> task = child->task;
    children_.erase(child);
    if (task->failed() && !task->cancelled()) {
        errors_.push_back(task->exception());
        if (!aborting_) {
            abort();
            if (parent_) {
                parent_cancelled_ = true;
                parent_->cancel();
            }
        }
    }
    if (children_.empty() && waiter_ != nullptr) {
        waiter_->end();
    }
}

void TaskGroupState::abort() noexcept
{
    aborting_ = true;
    for (Child& child : children_) {
        if (child.task.get() != context.running) {  // An owner may be a task of its own group.
            child.task->cancel();
        }
    }
}

void TaskGroupState::enter_body()
{
    parent_ = Ref<TaskState>{&running_task()};
    cancels_before_ = parent_->cancelling();
}

/// The body is over. True if our cancel of it was the only one; it is taken back.
bool TaskGroupState::leave() noexcept
{
    const Ref<TaskState> parent = std::exchange(parent_, {});
    return parent_cancelled_ && parent->take_back_cancel(cancels_before_);
}

void TaskGroupState::leave_body(std::exception_ptr exception)
{
    (void)leave();
    if (exception) {
        errors_.push_back(std::move(exception));
        abort();
    }
}

void TaskGroupState::leave_cancelled_body()
{
    if (!leave()) {
        cancelled_ = true;
    }
    abort();
}

Coroutine<> TaskGroupState::join(Ref<TaskGroupState> group)
{
    while (!group->children_.empty()) {
        const bool cancelled = co_await AllEnded{*group};
        if (cancelled) {
            group->cancelled_ = true;
            group->abort();
        }
    }
    group->finish();
}

void TaskGroupState::finish()
{
    finished_ = true;
    if (!errors_.empty()) {
        if (cancelled_) {
            running_task().renew_cancel();
        }
        throw take_errors();
    }
    if (cancelled_) {
        throw CancelledError{};
    }
}

ExceptionGroup TaskGroupState::take_errors()
{
    return {"unhandled errors in a TaskGroup", std::exchange(errors_, {})};
}

void TaskGroupState::abandon() noexcept
{
    finished_ = true;
    abort();
    children_.clear();
    if (!errors_.empty()) {
        try {
            asyncio::create_task(fail_with(take_errors()), "TaskGroup");
        } catch (...) {
            // The loop is closed: there is nobody to tell.
        }
    }
}

}  // namespace detail

TaskGroup::TaskGroup() : state_{detail::make_ref<detail::TaskGroupState>()}, owner_{true} {}

TaskGroup::TaskGroup(const TaskGroup& owner) noexcept : state_{owner.state_}, owner_{false} {}

TaskGroup::~TaskGroup()
{
    if (owner_) {
        state_->abandon();
    }
}

Coroutine<> TaskGroup::join()
{
    if (!owner_) {
        throw RuntimeError{"only the owner of a TaskGroup can join it, not a copy"};
    }
    return detail::TaskGroupState::join(state_);
}

void TaskGroup::refuse_if_closed() const { state_->refuse_if_closed(); }

void TaskGroup::add(const AnyTask& task) { state_->add(task.shared_state()); }

void TaskGroup::enter_body() { state_->enter_body(); }

void TaskGroup::leave_body(std::exception_ptr exception)
{
    state_->leave_body(std::move(exception));
}

void TaskGroup::leave_cancelled_body() { state_->leave_cancelled_body(); }

}  // namespace asyncio
