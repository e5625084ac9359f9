#pragma once

// What tasks do in the tests of tasks.

#include "support/trace.hpp"

#include <asyncio/event.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>

#include <cstdint>
#include <exception>
#include <string>

namespace asyncio::test {

inline Coroutine<> note(Trace& trace, std::string name)
{
    trace.push_back(name);
    co_return;
}

inline Coroutine<int> answer_after(std::int64_t ms)
{
    co_await sleep_ms(ms);
    co_return 42;
}

inline Coroutine<> wait_for_ever(Event& never) { co_await never.wait(); }

/// Awaits the task and notes how that ended.
template <typename T>
Coroutine<> join(Task<T> task, Trace& trace, std::string name)
{
    std::string end;
    try {
        const T value = co_await task;
        end = std::to_string(value);
    } catch (const CancelledError&) {
        end = "cancelled";
    } catch (const std::exception& error) {
        end = error.what();
    }
    trace.push_back(name + ": " + end);
}

inline Coroutine<> keep(Farewell, Trace& trace)
{
    co_await sleep_ms(1);
    trace.push_back("body");
}

}  // namespace asyncio::test
