#pragma once

/// The whole library: MicroPython's asyncio for C++20.

#include <asyncio/as_completed.hpp>
#include <asyncio/barrier.hpp>
#include <asyncio/buffer_budget.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/condition.hpp>
#include <asyncio/connection.hpp>
#include <asyncio/coroutine.hpp>
#include <asyncio/datagram.hpp>
#include <asyncio/debug.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/event.hpp>
#include <asyncio/exception_group.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/generator.hpp>
#include <asyncio/lines.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/loop_handle.hpp>
#include <asyncio/queue.hpp>
#include <asyncio/run.hpp>
#include <asyncio/semaphore.hpp>
#include <asyncio/server.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/ssl.hpp>
#include <asyncio/stream.hpp>
#include <asyncio/task.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/thread_safe_flag.hpp>
#include <asyncio/timeout.hpp>
#include <asyncio/to_thread.hpp>
#include <asyncio/wait.hpp>
#include <asyncio/wait_for.hpp>
