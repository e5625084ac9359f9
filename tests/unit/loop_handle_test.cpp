#include <asyncio/loop_handle.hpp>

#include <asyncio/event.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;
using Trace = std::vector<std::string>;

Coroutine<> wait_for_event(Event* event) { co_await event->wait(); }

TEST(CallSoonThreadsafe, CallsOnTheThreadOfTheLoopInOrder)
{
    Event done;
    VirtualLoop loop;
    std::vector<int> order;
    std::atomic<bool> right_thread{true};
    const auto here = std::this_thread::get_id();
    std::thread worker{[handle = loop.loop().handle(), here, &done, &order, &right_thread] {
        for (int i = 0; i < 100; ++i) {
            handle.call_soon_threadsafe([i, here, &order, &right_thread] {
                order.push_back(i);
                if (std::this_thread::get_id() != here) {
                    right_thread = false;
                }
            });
        }
        handle.call_soon_threadsafe([&done] { done.set(); });
    }};
    loop.run(wait_for_event(&done));
    worker.join();
    ASSERT_EQ(order.size(), 100U);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_TRUE(right_thread);
}

TEST(CallSoonThreadsafe, WhatItThrowsGoesToTheExceptionHandler)
{
    VirtualLoop loop;
    Trace trace;
    loop.loop().set_exception_handler(
        [&trace](Loop&, const ExceptionContext& context) { trace.push_back(context.message); });
    const LoopHandle handle = loop.loop().handle();
    handle.call_soon_threadsafe([] { throw std::runtime_error{"no lamp"}; });
    loop.run_until_idle();
    EXPECT_EQ(trace.size(), 1U);
}

TEST(CallSoonThreadsafe, ListensWhileThereIsAHandle)
{
    Event never;
    VirtualLoop loop;
    EXPECT_EQ(loop.operations(), 0U);
    {
        const LoopHandle handle = loop.loop().handle();
        const LoopHandle copy = loop.loop().handle();
        loop.run_until_idle();
        EXPECT_EQ(loop.operations(), 1U);
    }
    loop.run_until_idle();
    EXPECT_EQ(loop.operations(), 0U);
    // So a deadlock is seen as one.
    EXPECT_THROW(loop.run(wait_for_event(&never)), RuntimeError);
}

TEST(CallSoonThreadsafe, AClosedLoopRefusesAndDestroysWhatItHad)
{
    const auto token = std::make_shared<int>(1);
    bool called = false;
    auto loop = std::make_unique<VirtualLoop>();
    const LoopHandle handle = loop->loop().handle();
    handle.call_soon_threadsafe([token, &called] { called = true; });
    EXPECT_EQ(token.use_count(), 2);
    loop.reset();
    EXPECT_EQ(token.use_count(), 1);
    EXPECT_THROW(handle.call_soon_threadsafe([token] {}), RuntimeError);
    EXPECT_EQ(token.use_count(), 1);
}

TEST(RunCoroutineThreadsafe, GivesResultAndExceptionThroughAFuture)
{
    Event done;
    VirtualLoop loop;
    const auto answer = [](int value) -> Coroutine<int> {
        co_await sleep_ms(10);
        co_return value;
    };
    const auto fail = []() -> Coroutine<> {
        co_await sleep_ms(10);
        throw std::runtime_error{"no lamp"};
    };
    std::string text;
    // Lives until both threads are done with it: the count of an exception's owners lies in
    // libstdc++, where ThreadSanitizer does not see it.
    std::shared_future<void> failed;
    std::thread worker{[handle = loop.loop().handle(), answer, fail, &text, &failed, &done] {
        std::future<int> a = run_coroutine_threadsafe(answer(42), handle);
        const auto factory = [answer] { return answer(43); };
        std::future<int> b = run_coroutine_threadsafe(factory, handle);
        failed = run_coroutine_threadsafe(fail, handle).share();
        text = std::to_string(a.get()) + std::to_string(b.get());
        try {
            failed.get();
        } catch (const std::runtime_error& error) {
            text += error.what();
        }
        handle.call_soon_threadsafe([&done] { done.set(); });
    }};
    loop.run(wait_for_event(&done));
    worker.join();
    EXPECT_EQ(text, "4243no lamp");
}

TEST(RunCoroutineThreadsafe, TheFutureSeesThatTheLoopWasClosed)
{
    std::future<void> cancelled;
    std::future<void> dropped;
    const auto forever = []() -> Coroutine<> { co_await sleep(1e6); };
    auto loop = std::make_unique<VirtualLoop>();
    const LoopHandle handle = loop->loop().handle();
    cancelled = run_coroutine_threadsafe(forever(), handle);
    loop->run_until_idle();
    dropped = run_coroutine_threadsafe(forever(), handle);
    loop.reset();
    EXPECT_THROW(cancelled.get(), CancelledError);
    try {
        dropped.get();
        FAIL();
    } catch (const std::future_error& error) {
        EXPECT_EQ(error.code(), std::future_errc::broken_promise);
    } catch (const CancelledError&) {
        // It had become a task when the loop closed.
    }
    EXPECT_THROW((void)run_coroutine_threadsafe(forever(), handle), RuntimeError);
}

TEST(RunCoroutineThreadsafe, ManyThreadsAndALoopThatClosesUnderThem)
{
    for (int round = 0; round < 20; ++round) {
        std::optional<VirtualLoop> loop;
        loop.emplace();
        std::atomic<int> counted{0};
        std::atomic<int> refused{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([handle = loop->loop().handle(), &counted, &refused] {
                for (int n = 0; n < 200; ++n) {
                    try {
                        handle.call_soon_threadsafe([&counted] { ++counted; });
                    } catch (const RuntimeError&) {
                        ++refused;
                    }
                }
            });
        }
        while (counted < 50) {
            loop->run_until_idle();
        }
        loop.reset();
        for (std::thread& thread : threads) {
            thread.join();
        }
        EXPECT_LE(counted + refused, 600);
    }
}

TEST(RunCoroutineThreadsafe, WakesTheRealLoop)
{
    try {
        new_event_loop();
    } catch (const std::system_error& error) {
        GTEST_SKIP() << error.what();
    }
    const auto main = []() -> Coroutine<int> {
        Event done;
        int sum = 0;
        const auto add = [](int* total, int n, Event* end) -> Coroutine<int> {
            co_await sleep_ms(1);
            *total += n;
            if (*total == 5050) {
                end->set();
            }
            co_return n;
        };
        std::thread worker{[handle = get_event_loop().handle(), add, &sum, &done] {
            for (int i = 1; i <= 100; ++i) {
                (void)run_coroutine_threadsafe(add(&sum, i, &done), handle).get();
            }
        }};
        co_await done.wait();
        const int total = sum;
        const auto join = [](std::thread* thread) { thread->join(); };
        // The worker waits for its last future, which is set when this task yields.
        co_await sleep_ms(1);
        join(&worker);
        co_return total;
    };
    EXPECT_EQ(run(main()), 5050);
}

}  // namespace
}  // namespace asyncio::test
