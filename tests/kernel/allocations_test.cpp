// What allocates: counted through operator new of this whole program, which is otherwise that of
// the C++ library. Under a sanitizer, which brings its own, nothing is replaced or counted.

#include "support/sanitizer.hpp"

#include <asyncio/event.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/thread_safe_flag.hpp>

#include <cstdlib>
#include <gtest/gtest.h>
#include <new>

namespace {

thread_local std::size_t allocations = 0;

}  // namespace

#if !UNDER_SANITIZER
void* operator new(std::size_t size)
{
    ++allocations;
    if (void* memory = std::malloc(size)) {
        return memory;
    }
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace asyncio {
namespace {

constexpr int rounds = 1000;

Coroutine<int> nothing() { co_return 1; }

Coroutine<> switch_and_sleep(int count)
{
    for (int i = 0; i < count; ++i) {
        co_await sleep_ms(0);
        co_await sleep(0.000'001);
    }
}

Coroutine<> call_coroutines(int count)
{
    for (int i = 0; i < count; ++i) {
        const int value = co_await nothing();
        EXPECT_EQ(value, 1);
    }
}

Coroutine<> create_tasks(int count)
{
    for (int i = 0; i < count; ++i) {
        const Task<int> task = create_task(nothing());
        const int value = co_await task;
        EXPECT_EQ(value, 1);
    }
}

/// Two tasks in turn, through an event each.
Coroutine<> play(Event& mine, Event& yours, int count)
{
    for (int i = 0; i < count; ++i) {
        co_await mine.wait();
        mine.clear();
        yours.set();
    }
}

Coroutine<> ping_pong(int count)
{
    Event ping;
    Event pong;
    const Task<> one = create_task(play(ping, pong, count));
    const Task<> two = create_task(play(pong, ping, count));
    ping.set();
    co_await one;
    co_await two;
}

Coroutine<> compete(Lock& lock, int count)
{
    for (int i = 0; i < count; ++i) {
        auto held = co_await lock.scoped();
        co_await sleep_ms(0);
    }
}

Coroutine<> two_at_a_lock(int count)
{
    Lock lock;
    const Task<> one = create_task(compete(lock, count));
    const Task<> two = create_task(compete(lock, count));
    co_await one;
    co_await two;
}

Coroutine<> set_each_time(ThreadSafeFlag& flag, int count)
{
    for (int i = 0; i < count; ++i) {
        co_await sleep_ms(0);
        flag.set();
        co_await sleep(0.000'01);
    }
}

Coroutine<> take_flags(int count)
{
    ThreadSafeFlag flag;
    const Task<> setter = create_task(set_each_time(flag, count));
    for (int i = 0; i < count; ++i) {
        co_await flag.wait();
        if (setter.done()) {
            break;
        }
    }
    co_await setter;
}

/// Runs a short round to warm up, then counts what a short and a long round allocate: the
/// difference is what the work itself does.
void expect_no_allocation(Coroutine<> (*work)(int))
{
    if (UNDER_SANITIZER != 0) {
        GTEST_SKIP() << "allocations are the sanitizer's";
    }
    run(work(rounds));
    const std::size_t before = allocations;
    run(work(10));
    const std::size_t small = allocations - before;
    run(work(rounds));
    EXPECT_EQ(allocations - before - small, small);
    EXPECT_GT(before, 0U);  // It does count.
}

TEST(Allocations, SwitchingAndSleepingMakeNone) { expect_no_allocation(switch_and_sleep); }

TEST(Allocations, ACoroutineThatIsCalledAgainMakesNone) { expect_no_allocation(call_coroutines); }

TEST(Allocations, CreateTaskMakesNoneButThePooledFrame) { expect_no_allocation(create_tasks); }

TEST(Allocations, EventMakesNone) { expect_no_allocation(ping_pong); }

TEST(Allocations, LockMakesNone) { expect_no_allocation(two_at_a_lock); }

TEST(Allocations, ThreadSafeFlagMakesNone) { expect_no_allocation(take_flags); }

}  // namespace
}  // namespace asyncio
