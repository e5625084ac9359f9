// Rows 22 to 40: order, time and sleep.

#include "conformance/harness.hpp"

#include "core/backend.hpp"
#include "core/simulated_network.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

namespace conformance {
namespace {

using namespace std::chrono_literals;

asyncio::Coroutine<> sleeps(std::int64_t ms, Trace* trace, std::string name)
{
    co_await asyncio::sleep_ms(ms);
    trace->add(name);
}

asyncio::Coroutine<> yields_and_says(int turns, Trace* trace, std::string name)
{
    for (int i = 0; i < turns; ++i) {
        trace->add(name, i);
        co_await asyncio::sleep_ms(0);
    }
}

asyncio::Coroutine<> holds_the_loop_past_a_deadline(Trace* trace)
{
    asyncio::create_task(sleeps(5, trace, "overdue timer"));
    co_await asyncio::sleep_ms(0);
    hold_the_loop(20ms);
    asyncio::create_task(yields_and_says(1, trace, "task made ready later "));
    co_await asyncio::sleep_ms(10);
}

asyncio::Coroutine<> waits_for_both(asyncio::Task<> a, asyncio::Task<> b)
{
    co_await a;
    co_await b;
}

asyncio::Coroutine<> sleeps_until_all(std::vector<asyncio::Task<>> tasks)
{
    for (const asyncio::Task<>& task : tasks) {
        co_await task;
    }
}

asyncio::Coroutine<> sleeps_to_the_nanosecond(std::chrono::nanoseconds duration, Trace* trace,
                                              std::string name)
{
    co_await asyncio::sleep(duration);
    trace->add(name);
}

asyncio::Coroutine<> different_deadlines(Trace* trace)
{
    const asyncio::Task<> last =
        asyncio::create_task(sleeps_to_the_nanosecond(21ms, trace, "third"));
    asyncio::create_task(sleeps_to_the_nanosecond(20ms, trace, "second"));
    asyncio::create_task(sleeps_to_the_nanosecond(19'500us, trace, "first"));
    co_await last;
}

asyncio::Coroutine<> wakes(int id, std::vector<int>* order)
{
    co_await asyncio::sleep(50ms);
    order->push_back(id);
}

asyncio::Coroutine<> same_deadlines(std::vector<int>* order)
{
    std::vector<asyncio::Task<>> tasks;
    for (int i = 0; i < 200; ++i) {
        tasks.push_back(asyncio::create_task(wakes(i, order)));
    }
    co_await sleeps_until_all(std::move(tasks));
}

asyncio::Coroutine<> never_yields(bool* others_ran)
{
    asyncio::Event event;
    event.set();
    asyncio::Lock lock;
    asyncio::ThreadSafeFlag flag;
    Trace trace;
    const asyncio::Task<> finished = asyncio::create_task(yields_and_says(1, &trace, ""));
    co_await finished;
    *others_ran = false;
    for (int i = 0; i < 1000; ++i) {
        co_await event.wait();
        co_await lock.acquire();
        lock.release();
        co_await finished;
        flag.set();
        co_await flag.wait();
        co_await asyncio::gather();
    }
    EXPECT_FALSE(*others_ran);
}

asyncio::Coroutine<> sets(bool* flag)
{
    for (;;) {
        *flag = true;
        co_await asyncio::sleep_ms(0);
    }
}

asyncio::Coroutine<> runs_beside(bool* others_ran)
{
    const asyncio::Task<> other = asyncio::create_task(sets(others_ran));
    co_await never_yields(others_ran);
    co_await yield(2);
    EXPECT_TRUE(*others_ran);
    other.cancel();
}

/// A backend that does nothing but tell the time and count how often it is asked to wait.
class CountingBackend final : public asyncio::detail::Backend {
public:
    explicit CountingBackend(int* waits) : network_{}, waits_{waits} {}

    void wait(std::optional<asyncio::detail::Time> deadline) override
    {
        ++*waits_;
        now_ = std::max(now_, deadline.value_or(now_));
    }
    void dispatch() override
    {
        if (cancelled_ != nullptr) {
            completed(*std::exchange(cancelled_, nullptr), {.result = -ECANCELED});
        }
    }
    [[nodiscard]] asyncio::detail::Time now() const noexcept override { return now_; }
    [[nodiscard]] std::string description() override { return "counting"; }
    [[nodiscard]] asyncio::detail::Network& network() noexcept override { return network_; }

private:
    [[nodiscard]] bool has_news() const noexcept override { return true; }
    void do_start(asyncio::detail::Operation&) override {}
    void do_cancel(asyncio::detail::Operation& operation) override { cancelled_ = &operation; }

    asyncio::detail::Operation* cancelled_ = nullptr;
    asyncio::detail::SimulatedNetwork network_;
    asyncio::detail::Time now_{};
    int* waits_;
};

/// Something for a backend to have in flight.
class Endless final : public asyncio::detail::RefCounted, public asyncio::detail::Operation {
public:
    Endless() : Operation{Kind::poll} {}
    void complete(const asyncio::detail::Completion&) noexcept override {}
};

asyncio::Coroutine<> just_yields(int turns) { co_await yield(turns); }

asyncio::Coroutine<> flag_waiter(asyncio::ThreadSafeFlag* flag, Trace* trace)
{
    co_await flag->wait();
    trace->add("I/O");
}

asyncio::Coroutine<> is_ready_beside_io(Trace* trace)
{
    asyncio::ThreadSafeFlag flag;
    const asyncio::Task<> waiter = asyncio::create_task(flag_waiter(&flag, trace));
    co_await asyncio::sleep_ms(0);
    flag.set();
    const asyncio::Task<> ready = asyncio::create_task(yields_and_says(1, trace, "ready "));
    co_await waits_for_both(ready, waiter);
}

asyncio::Coroutine<> holds_the_loop_for(std::chrono::milliseconds duration, Trace* trace)
{
    const asyncio::Task<> other = asyncio::create_task(sleeps(1, trace, "other"));
    co_await asyncio::sleep_ms(0);
    hold_the_loop(duration);
    trace->add("hog");
    co_await other;
}

asyncio::Coroutine<std::int64_t> microseconds_of(double seconds)
{
    const auto start = now();
    co_await asyncio::sleep(seconds);
    co_return std::chrono::floor<std::chrono::microseconds>(now() - start).count();
}

asyncio::Coroutine<> sleeps_are_values()
{
    // Both are made first and awaited later: each lasts its own time, from its await.
    auto longer = asyncio::sleep_ms(60);
    auto shorter = asyncio::sleep_ms(20);
    co_await asyncio::sleep_ms(70);

    const auto start = now();
    co_await std::move(longer);
    EXPECT_GE(ms_since(start), 60);
    const auto half_time = now();
    co_await std::move(shorter);
    EXPECT_GE(ms_since(half_time), 20);
    static_assert(std::is_void_v<decltype(shorter.await_resume())>);
}

asyncio::Coroutine<> sleeps_go_everywhere()
{
    const auto start = now();
    co_await asyncio::wait_for(asyncio::sleep_ms(10), 5);
    co_await asyncio::gather(asyncio::sleep_ms(10), asyncio::sleep(10ms), asyncio::sleep(0.01));
    const asyncio::Task<> task = asyncio::create_task(asyncio::sleep_ms(10));
    co_await task;
    EXPECT_GE(ms_since(start), 30);
}

asyncio::Coroutine<> ends_early(int* early)
{
    for (int i = 0; i < 100; ++i) {
        const auto start = now();
        co_await asyncio::sleep_ms(1);
        *early += now() - start < 1ms;
    }
}

asyncio::Coroutine<> ends_early_in_company(int* early)
{
    bool ran = false;
    const asyncio::Task<> busy = asyncio::create_task(sets(&ran));
    co_await ends_early(early);
    busy.cancel();
}

asyncio::Coroutine<> works_and_sleeps(int rounds)
{
    for (int i = 0; i < rounds; ++i) {
        hold_the_loop(5ms);
        co_await asyncio::sleep_ms(5);
    }
}

}  // namespace

KERNEL_RULE(AnOverdueTimerJoinsTheTailAtTheEndOfTheTurn, 22)
{
    Trace trace;
    asyncio::run(holds_the_loop_past_a_deadline(&trace));
    EXPECT_EQ(trace.str(), "task made ready later 0, overdue timer");
}

RULE(TimersWakeByDeadlineToTheNanosecond, 22)
{
    Trace trace;
    asyncio::run(different_deadlines(&trace));
    EXPECT_EQ(trace.str(), "first, second, third");
}

RULE(EqualDeadlinesWakeInTheOrderOfTheSleeps, 24)
{
    std::vector<int> order;
    asyncio::run(same_deadlines(&order));
    EXPECT_EQ(order.size(), 200U);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

RULE(WhatIsThereAlreadyIsAwaitedWithoutYielding, 26, 118, 125, 107)
{
    bool others_ran = false;
    asyncio::run(runs_beside(&others_ran));
}

VIRTUAL_RULE(OneWaitPerTurnNotPerTask, 27)
{
    constexpr int turns = 10;
    int waits = 0;
    auto backend = std::make_unique<CountingBackend>(&waits);
    const auto endless = asyncio::detail::make_ref<Endless>();
    backend->start(*endless, endless);
    asyncio::Loop loop{std::move(backend)};
    for (int i = 0; i < 1000; ++i) {
        loop.create_task(just_yields(turns));
    }
    loop.run_until_complete(just_yields(turns));
    EXPECT_GE(waits, turns);
    EXPECT_LE(waits, turns + 2);
}

VIRTUAL_RULE(NoWaitWhileTasksAreReadyAndNothingIsInFlight, 27)
{
    int waits = 0;
    asyncio::Loop loop{std::make_unique<CountingBackend>(&waits)};
    loop.run_until_complete(just_yields(10));
    EXPECT_EQ(waits, 0);
}

RULE(TasksWokenByIoGoBehindThoseThatAreReady, 28)
{
    Trace trace;
    asyncio::run(is_ready_beside_io(&trace));
    EXPECT_EQ(trace.str(), "ready 0, I/O");
}

KERNEL_RULE(ATaskThatDoesNotAwaitHoldsTheLoop, 29)
{
    Trace trace;
    asyncio::run(holds_the_loop_for(10ms, &trace));
    EXPECT_EQ(trace.str(), "hog, other");
}

VIRTUAL_RULE(FractionsOfAMillisecondCount, 32)
{
    EXPECT_EQ(asyncio::run(microseconds_of(0.0009)), 900);
    EXPECT_EQ(asyncio::run(microseconds_of(0.0000015)), 1);
    EXPECT_EQ(asyncio::run(microseconds_of(0)), 0);
    EXPECT_EQ(asyncio::run(microseconds_of(-5)), 0);
}

RULE(AZeroSleepYieldsOnce, 33, 23)
{
    Trace trace;
    asyncio::create_task(yields_and_says(3, &trace, "a"));
    asyncio::create_task(yields_and_says(3, &trace, "b"));
    asyncio::run(just_yields(4));
    EXPECT_EQ(trace.str(), "a0, b0, a1, b1, a2, b2");
}

template <typename T>
concept CanSleepMs = requires(T value) { asyncio::sleep_ms(value); };

RULE(SleepMsTakesWholeNumbersOnly, 34)
{
    static_assert(CanSleepMs<int> && CanSleepMs<std::int64_t>);
    static_assert(!CanSleepMs<double> && !CanSleepMs<float>);
}

RULE(SleepsAreValuesCountedFromTheirAwait, 35, 36, 39) { asyncio::run(sleeps_are_values()); }

RULE(SleepsMayBeGivenToWaitForGatherAndCreateTask, 37, 102)
{
    asyncio::run(sleeps_go_everywhere());
}

RULE(ASleepNeverEndsEarly, 38)
{
    int early = 0;
    asyncio::run(ends_early(&early));
    EXPECT_EQ(early, 0);
}

KERNEL_RULE(ASleepNeverEndsEarlyInABusyLoop, 38)
{
    int early = 0;
    asyncio::run(ends_early_in_company(&early));
    EXPECT_EQ(early, 0);
}

KERNEL_RULE(SleepsAreRelativeSoWorkAddsUp, 40)
{
    const auto start = now();
    asyncio::run(works_and_sleeps(3));
    EXPECT_GE(ms_since(start), 30);
}

}  // namespace conformance
