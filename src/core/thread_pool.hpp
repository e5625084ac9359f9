#pragma once

#include <functional>

namespace asyncio::detail {

/// Runs `job` on a thread of a small pool that all loops share. The job must not throw.
///
/// Threads are started when there is work, up to as many as CPython's default executor has
/// (processors + 4, at most 32), and end when there was none for 10 seconds. They take no
/// signals. A process may end while jobs run. Throws std::system_error when no thread can be
/// started at all. From any thread.
void run_on_thread(std::function<void()> job);

}  // namespace asyncio::detail
