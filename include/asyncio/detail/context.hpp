#pragma once

#include <coroutine>

namespace asyncio::detail {

class Scheduler;
class TaskState;

/// What this thread is doing: its loop, the task that runs, and the frame to resume next.
///
/// A coroutine that awaits another, or that ends, does not resume the other frame itself: it
/// leaves the frame in `transfer` and returns to the loop, which resumes it. So the stack never
/// grows, in no compiler and at no optimisation level.
struct Context {
    Scheduler* scheduler = nullptr;  ///< This thread's loop, once it has one.
    TaskState* running = nullptr;    ///< The task that runs now; null outside tasks.
    std::coroutine_handle<> transfer;
};

extern constinit thread_local Context context;

}  // namespace asyncio::detail
