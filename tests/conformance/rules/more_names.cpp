// Rows 3, 58 and 74: what MicroPython has no names for.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>
#include <asyncio/generator.hpp>
#include <asyncio/queue.hpp>
#include <asyncio/semaphore.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/timeout.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <unistd.h>

namespace conformance {
namespace {

asyncio::Coroutine<> puts(asyncio::Queue<int>* queue, int count)
{
    for (int i = 0; i < count; ++i) {
        co_await queue->put(i);
    }
}

asyncio::Coroutine<> sleeps() { co_await asyncio::sleep(10); }

asyncio::Coroutine<> uses_names_of_cpython()
{
    asyncio::Queue<int> queue{2};
    asyncio::create_task(puts(&queue, 5), "source");
    int sum = 0;
    for (int i = 0; i < 5; ++i) {
        const int number = co_await queue.get();
        sum += number;
    }
    EXPECT_EQ(sum, 0 + 1 + 2 + 3 + 4);

    asyncio::Semaphore semaphore{1};
    co_await semaphore.acquire();
    EXPECT_TRUE(semaphore.locked());

    const asyncio::Task<> inner = asyncio::create_task(sleeps());
    try {
        co_await asyncio::wait_for_ms(asyncio::shield(inner), 5);
    } catch (const asyncio::TimeoutError&) {
    }
    EXPECT_FALSE(inner.done());
    EXPECT_GE(asyncio::all_tasks().size(), 2U);
    inner.cancel();
}

void greets(asyncio::Stream, asyncio::Stream writer)
{
    writer.write("hello");
    writer.close();
}

asyncio::Coroutine<> uses_a_unix_socket()
{
    const std::string path = std::string{'\0'} + "asyncio-conformance-" + text(getpid());
    const asyncio::Server server = co_await asyncio::start_unix_server(greets, path);
    const auto [reader, writer] = co_await asyncio::open_unix_connection(path);
    const std::string greeting = co_await reader.read();
    EXPECT_EQ(greeting, "hello");
}

asyncio::Generator<int> count(int n)
{
    for (int i = 0; i < n; ++i) {
        co_await asyncio::sleep_ms(1);
        co_yield i;
    }
}

asyncio::Coroutine<> loops_over_a_generator(Trace* trace)
{
    auto numbers = count(3);
    auto number = co_await numbers.next();
    while (number) {
        trace->add(*number);
        number = co_await numbers.next();
    }
}

asyncio::Coroutine<> limits_its_sleep(double limit, std::string* outcome)
{
    try {
        co_await asyncio::timeout(limit, sleeps());
    } catch (const asyncio::TimeoutError&) {
        *outcome = "timeout";
    } catch (const asyncio::CancelledError&) {
        *outcome = "cancel";
        throw;
    }
}

asyncio::Coroutine<> tells_a_timeout_from_a_cancel()
{
    std::string timed_out;
    co_await limits_its_sleep(0.005, &timed_out);
    std::string cancelled;
    const asyncio::Task<> task = asyncio::create_task(limits_its_sleep(5, &cancelled));
    co_await asyncio::sleep(0);
    task.cancel();
    co_await yield(3);
    EXPECT_EQ(timed_out, "timeout");
    EXPECT_EQ(cancelled, "cancel");
    EXPECT_TRUE(task.cancelled());
}

}  // namespace

RULE(NamesOfCPythonThatMicroPythonLacks, 3) { asyncio::run(uses_names_of_cpython()); }
KERNEL_RULE(UnixSockets, 3) { asyncio::run(uses_a_unix_socket()); }

RULE(AGeneratorMayAwait, 58)
{
    Trace trace;
    asyncio::run(loops_over_a_generator(&trace));
    EXPECT_EQ(trace.str(), "0, 1, 2");
}

RULE(ATimeoutScopeTellsATimeoutFromACancel, 74) { asyncio::run(tells_a_timeout_from_a_cancel()); }

}  // namespace conformance
