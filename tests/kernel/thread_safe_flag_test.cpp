// ThreadSafeFlag under load: no set() is lost, whoever calls it and whenever.

#include <asyncio/thread_safe_flag.hpp>

#include "support/closed.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/loop_handle.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/wait_for.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <gtest/gtest.h>
#include <pthread.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace asyncio {
namespace {

/// Each producer raises its counter, then sets the flag; a lost set() would stop the consumer
/// before it has seen all.
Coroutine<> consume(ThreadSafeFlag& flag, std::vector<std::atomic<int>>& counters, int target)
{
    for (;;) {
        int seen = 0;
        for (const std::atomic<int>& counter : counters) {
            seen += counter.load();
        }
        if (seen == target) {
            break;
        }
        co_await flag.wait();
    }
}

TEST(KernelThreadSafeFlag, LosesNoSetOfEightThreads)
{
    constexpr int rounds = 20'000;
    ThreadSafeFlag flag;
    std::vector<std::atomic<int>> counters(8);
    std::vector<std::thread> producers;
    for (std::atomic<int>& counter : counters) {
        producers.emplace_back([&flag, &counter] {
            for (int i = 0; i < rounds; ++i) {
                ++counter;
                flag.set();
                if (i % 64 == 0) {
                    std::this_thread::yield();
                }
            }
        });
    }
    EXPECT_NO_THROW(run(wait_for(consume(flag, counters, 8 * rounds), 30)));
    for (std::thread& producer : producers) {
        producer.join();
    }
}

/// A question and an answer at a time: the consumer always sleeps when the flag is set.
Coroutine<> answer(ThreadSafeFlag& flag, std::atomic<int>& answered, int rounds)
{
    for (int i = 0; i < rounds; ++i) {
        co_await flag.wait();
        ++answered;
    }
}

TEST(KernelThreadSafeFlag, WakesASleepingLoopEachTime)
{
    constexpr int rounds = 5'000;
    ThreadSafeFlag flag;
    std::atomic<int> answered{0};
    std::thread asker{[&] {
        for (int i = 0; i < rounds; ++i) {
            flag.set();
            while (answered.load() <= i) {
                std::this_thread::yield();
            }
        }
    }};
    EXPECT_NO_THROW(run(wait_for(answer(flag, answered, rounds), 30)));
    asker.join();
}

ThreadSafeFlag* signal_flag = nullptr;
std::atomic<int> signals_handled{0};

extern "C" void set_flag(int)
{
    signals_handled.fetch_add(1);
    signal_flag->set();
}

Coroutine<> count_signals(ThreadSafeFlag& flag, int target)
{
    while (signals_handled.load() < target) {
        co_await flag.wait();
    }
}

TEST(KernelThreadSafeFlag, LosesNoSetOfASignalHandlerInAStorm)
{
    constexpr int signals = 5'000;
    ThreadSafeFlag flag;
    signal_flag = &flag;
    signals_handled = 0;
    struct sigaction action{};
    struct sigaction before{};
    action.sa_handler = set_flag;
    ::sigaction(SIGUSR1, &action, &before);
    const pthread_t loop_thread = ::pthread_self();
    std::thread storm{[loop_thread] {
        for (int i = 0; i < signals; ++i) {
            ::pthread_kill(loop_thread, SIGUSR1);
            while (signals_handled.load() <= i) {  // Pending ones would merge.
                std::this_thread::yield();
            }
        }
    }};
    EXPECT_NO_THROW(run(wait_for(count_signals(flag, signals), 30)));
    storm.join();
    ::sigaction(SIGUSR1, &before, nullptr);
}

Coroutine<int> cancel_waits_in_a_storm(ThreadSafeFlag& flag, std::atomic<bool>& stop)
{
    int taken = 0;
    for (int i = 0; i < 500; ++i) {
        try {
            co_await wait_for(flag.wait(), std::chrono::microseconds{i % 50});
            ++taken;
        } catch (const TimeoutError&) {
        }
    }
    stop = true;
    co_return taken;
}

Coroutine<> take_one(ThreadSafeFlag& flag) { co_await wait_for(flag.wait(), 10); }

TEST(KernelThreadSafeFlag, StaysUsableThoughItsWaitsAreCancelledAgainAndAgain)
{
    ThreadSafeFlag flag;
    std::atomic<bool> stop{false};
    std::thread setter{[&] {
        while (!stop) {
            flag.set();
            std::this_thread::sleep_for(100us);
        }
    }};
    EXPECT_GT(run(cancel_waits_in_a_storm(flag, stop)), 0);
    setter.join();
    flag.clear();
    std::thread late{[&flag] {
        std::this_thread::sleep_for(20ms);
        flag.set();
    }};
    EXPECT_NO_THROW(run(take_one(flag)));
    late.join();
}

TEST(KernelThreadSafeFlag, WhoseEventfdSomebodyHasClosedSaysSo)
{
    const std::string expected = "cannot wait for a ThreadSafeFlag: Bad file descriptor";
    const int number = test::next_descriptor();
    ThreadSafeFlag flag;
    const test::Closed closed{number};
    for (int i = 0; i < 2; ++i) {
        try {
            run(take_one(flag));
            ADD_FAILURE() << "it was set by nobody";
        } catch (const std::exception& error) {
            EXPECT_EQ(error.what(), expected);
        }
    }
    flag.set();
    EXPECT_NO_THROW(run(take_one(flag)));  // What needs no descriptor works.
}

TEST(KernelThreadSafeFlag, DoesNotSpinWhenTheNumberOfItsEventfdIsAnotherFiles)
{
    const int number = test::next_descriptor();
    ThreadSafeFlag flag;
    const test::Closed closed{number, "/dev/null", O_RDWR};
    EXPECT_THROW(run(take_one(flag)), OSError);
}

TEST(KernelLoopHandle, WhoseEventfdSomebodyHasClosedSaysSoOnce)
{
    new_event_loop();
    const int number = test::next_descriptor();
    const LoopHandle handle = get_event_loop().handle();
    run(sleep_ms(1));  // Now it listens.
    const test::Closed closed{number};
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(closed.kept(), &one, sizeof one), 8);
    try {
        run(sleep_ms(10'000));
        ADD_FAILURE() << "it does not listen";
    } catch (const OSError& error) {
        EXPECT_EQ(error.what(), std::string{"cannot hear other threads: Bad file descriptor"});
    }
    EXPECT_NO_THROW(run(sleep_ms(5)));
    get_event_loop().close();
    new_event_loop();
}

}  // namespace
}  // namespace asyncio
