#include <asyncio/coroutine.hpp>

#include "support/trace.hpp"

#include <asyncio/event.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>
#include <memory>
#include <pthread.h>
#include <stdexcept>

namespace asyncio {
namespace {

using test::Farewell;
using test::Trace;

Coroutine<> note(Trace& trace, std::string name)
{
    trace.push_back(name);
    co_return;
}

Coroutine<int> answer() { co_return 42; }

Coroutine<std::unique_ptr<int>> box(int value) { co_return std::make_unique<int>(value); }

Coroutine<int> fail()
{
    throw std::runtime_error{"the lamp is broken"};
    co_return 0;
}

Coroutine<int> pass_on(Coroutine<int> inner)
{
    const int value = co_await std::move(inner);
    co_return value;
}

Coroutine<> call_between_notes(Trace& trace)
{
    trace.push_back("before");
    co_await note(trace, "inside");
    trace.push_back("after");
}

TEST(Coroutine, RunsNothingUntilItIsAwaited)
{
    Trace trace;
    const Coroutine<> coroutine = note(trace, "run");
    EXPECT_TRUE(trace.empty());
}

TEST(Coroutine, IsRunByAnAwaitAsByAPlainCallWithoutATurnOfTheLoop)
{
    Trace trace;
    VirtualLoop loop;
    loop.create_task(call_between_notes(trace));
    loop.create_task(note(trace, "other"));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"before", "inside", "after", "other"}));
}

TEST(Coroutine, GivesItsResultThroughSeveralAwaits)
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(pass_on(pass_on(answer()))), 42);
}

TEST(Coroutine, GivesAResultThatCanOnlyBeMoved)
{
    VirtualLoop loop;
    EXPECT_EQ(*loop.run(box(7)), 7);
}

TEST(Coroutine, ThrowsAtTheAwaitWhatItThrewInside)
{
    VirtualLoop loop;
    try {
        loop.run(pass_on(pass_on(fail())));
        FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "the lamp is broken");
    }
}

/// A value whose copy fails.
class Uncopyable {
public:
    Uncopyable() = default;
    Uncopyable(const Uncopyable&) { throw std::runtime_error{"cannot be copied"}; }
};

Coroutine<Uncopyable> return_a_copy()
{
    const Uncopyable original;
    co_return original;
}

TEST(Coroutine, ThrowsAtTheAwaitWhatStoringItsResultThrew)
{
    VirtualLoop loop;
    EXPECT_THROW(loop.run(return_a_copy()), std::runtime_error);
}

Coroutine<> hold(std::shared_ptr<int> value)
{
    EXPECT_EQ(*value, 1);
    co_return;
}

TEST(Coroutine, ThatIsNeverAwaitedDestroysItsParameters)
{
    const auto value = std::make_shared<int>(1);
    {
        const Coroutine<> coroutine = hold(value);
        EXPECT_EQ(value.use_count(), 2);
    }
    EXPECT_EQ(value.use_count(), 1);
}

Coroutine<> keep(Farewell, Trace& trace)
{
    trace.push_back("body");
    co_return;
}

Coroutine<> await_keep(Trace& trace)
{
    co_await keep(Farewell{trace, "parameter"}, trace);
    trace.push_back("after");
}

TEST(Coroutine, DestroysItsParametersAtTheEndOfTheAwait)
{
    Trace trace;
    VirtualLoop loop;
    loop.run(await_keep(trace));
    EXPECT_EQ(trace, (Trace{"body", "~parameter", "after"}));
}

Coroutine<std::string> await_twice()
{
    Coroutine<int> coroutine = answer();
    const int first = co_await std::move(coroutine);
    EXPECT_EQ(first, 42);
    std::string message;
    try {
        const int second = co_await std::move(coroutine);
        message = std::to_string(second);
    } catch (const RuntimeError& error) {
        message = error.what();
    }
    co_return message;
}

TEST(Coroutine, AwaitedASecondTimeThrowsRuntimeError)
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(await_twice()), "cannot await a coroutine twice");
}

TEST(Coroutine, MadeATaskASecondTimeThrowsRuntimeError)
{
    VirtualLoop loop;
    Coroutine<int> coroutine = answer();
    loop.create_task(std::move(coroutine));
    EXPECT_THROW(loop.create_task(std::move(coroutine)), RuntimeError);
}

TEST(Coroutine, SwapsWithTheOneThatIsAssignedToIt)
{
    VirtualLoop loop;
    Coroutine<int> one = pass_on(answer());
    Coroutine<int> other = answer();
    one = std::move(other);
    EXPECT_EQ(loop.run(std::move(one)), 42);
}

// --- The stack ------------------------------------------------------------------------------

constexpr int many = 1'000'000;

Coroutine<int> one() { co_return 1; }

Coroutine<std::int64_t> await_what_is_ready()
{
    Event up;
    up.set();
    Lock lock;
    const Task<int> ended = create_task(one());
    co_await sleep_ms(0);
    std::int64_t sum = 0;
    for (int i = 0; i < many; ++i) {
        const int coroutine = co_await one();
        const int task = co_await ended;
        const bool event = co_await up.wait();
        const bool acquired = co_await lock.acquire();
        lock.release();
        sum += coroutine + task + (event ? 1 : 0) + (acquired ? 1 : 0);
    }
    co_return sum;
}

Coroutine<int> descend(int depth)
{
    if (depth == 0) {
        co_return 0;
    }
    const int below = co_await descend(depth - 1);
    co_return below + 1;
}

Coroutine<int> fail_below(int depth)
{
    if (depth == 0) {
        throw std::runtime_error{"bottom"};
    }
    const int below = co_await fail_below(depth - 1);
    co_return below;
}

void* with_little_stack(void* function)
{
    (*static_cast<void (**)()>(function))();
    return nullptr;
}

/// Calls it in a thread whose stack is 256 KiB.
void run_with_little_stack(void (*function)())
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    ASSERT_EQ(pthread_attr_setstacksize(&attributes, 256 * 1024), 0);
    pthread_t thread{};
    ASSERT_EQ(pthread_create(&thread, &attributes, with_little_stack, &function), 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
}

void million_awaits()
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(await_what_is_ready()), 4LL * many);
}

void deep_awaits()
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(descend(20'000)), 20'000);
    EXPECT_THROW(loop.run(fail_below(20'000)), std::runtime_error);
}

TEST(Coroutine, AwaitsThatCompleteAtOnceDoNotGrowTheStack)
{
    run_with_little_stack(million_awaits);
}

TEST(Coroutine, AwaitsInsideAwaitsDoNotGrowTheStack) { run_with_little_stack(deep_awaits); }

}  // namespace
}  // namespace asyncio
