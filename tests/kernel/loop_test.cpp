// The loop on the kernel's backends and clock.

#include <asyncio/loop.hpp>

#include "core/kernel_version.hpp"

#include <asyncio/event.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/thread_safe_flag.hpp>
#include <asyncio/wait_for.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <limits>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace asyncio {
namespace {

using Clock = std::chrono::steady_clock;

/// Calls it in a thread of its own, which has a loop of its own.
template <typename F>
void in_a_thread(F function)
{
    std::thread{std::move(function)}.join();
}

/// Calls it in a child process and gives its exit status, or minus the signal that killed it.
template <typename F>
int in_a_child(F function)
{
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20);
        std::exit(function());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

Coroutine<int> value_after(std::int64_t ms, int value)
{
    co_await sleep_ms(ms);
    co_return value;
}

TEST(KernelLoop, SaysHowItWaits)
{
    const char* const wanted = std::getenv("ASYNCIO_BACKEND");
    const std::string backend = get_event_loop().backend();
    const std::string where = " on Linux " + detail::kernel_release();
    if (wanted != nullptr && std::string{wanted} == "epoll") {
        EXPECT_EQ(backend, "epoll" + where +
                               ", because ASYNCIO_BACKEND asks for it; without it io_uring is "
                               "tried first");
    } else {
        EXPECT_TRUE(backend.starts_with("io_uring (")) << backend;
        EXPECT_NE(backend.find(where), std::string::npos) << backend;
    }
}

TEST(KernelLoop, IsNotMadeForAnUnknownBackend)
{
    EXPECT_EQ(in_a_child([] {
                  ::setenv("ASYNCIO_BACKEND", "kqueue", 1);
                  try {
                      new_event_loop();
                  } catch (const RuntimeError& error) {
                      return std::string{error.what()} ==
                                     "cannot choose the backend 'kqueue': ASYNCIO_BACKEND must be "
                                     "auto, uring or epoll"
                                 ? 3
                                 : 4;
                  }
                  return 1;
              }),
              3);
}

Coroutine<> measure_sleeps(std::vector<std::chrono::nanoseconds> lengths)
{
    for (const std::chrono::nanoseconds length : lengths) {
        const auto before = Clock::now();
        co_await sleep(length);
        EXPECT_GE(Clock::now() - before, length);
    }
}

TEST(KernelLoop, SleepsNeverEndEarly)  // Rule 38, up to 1 ms early there.
{
    std::vector<std::chrono::nanoseconds> lengths;
    for (int i = 1; i <= 300; ++i) {
        lengths.push_back(std::chrono::nanoseconds{i * 7'919});
    }
    in_a_thread([&lengths] {
        for (int i = 0; i < 8; ++i) {
            create_task(measure_sleeps(lengths));  // They keep the loop busy for each other.
        }
        run(measure_sleeps(lengths));
    });
}

class Usage {
public:
    Usage() { ::getrusage(RUSAGE_THREAD, &start_); }

    [[nodiscard]] long voluntary_switches() const
    {
        rusage now{};
        ::getrusage(RUSAGE_THREAD, &now);
        return now.ru_nvcsw - start_.ru_nvcsw;
    }
    [[nodiscard]] std::chrono::microseconds cpu_time() const
    {
        rusage now{};
        ::getrusage(RUSAGE_THREAD, &now);
        return time(now) - time(start_);
    }

private:
    static std::chrono::microseconds time(const rusage& usage)
    {
        return std::chrono::seconds{usage.ru_utime.tv_sec + usage.ru_stime.tv_sec} +
               std::chrono::microseconds{usage.ru_utime.tv_usec + usage.ru_stime.tv_usec};
    }

    rusage start_{};
};

Coroutine<> wait_for_flag(ThreadSafeFlag& flag) { co_await flag.wait(); }

Coroutine<> sleep_seconds(double seconds) { co_await sleep(seconds); }

Coroutine<> wait_for_ever(Event& never) { co_await never.wait(); }

TEST(KernelLoop, MainBlockedForEverCostsNoWakeUps)  // Rules 17 and 183: 300 a second there.
{
    ThreadSafeFlag flag;
    std::thread loop_thread{[&flag] {
        Event never;
        create_task(wait_for_ever(never));
        create_task(sleep_seconds(std::numeric_limits<double>::infinity()));
        for (int i = 0; i < 200; ++i) {
            create_task(sleep_seconds(3600 + i));  // More than the heap of timers holds.
        }
        const Usage usage;
        run(wait_for_flag(flag));
        // One to sleep until the flag is set; sanitizers may add some of their own.
        EXPECT_LE(usage.voluntary_switches(), 3);
        EXPECT_LE(usage.cpu_time(), 100ms);
        new_event_loop();  // Before the event goes.
    }};
    std::this_thread::sleep_for(2s);
    flag.set();
    loop_thread.join();
}

Coroutine<> stop_when_set(ThreadSafeFlag& flag, Loop& loop)
{
    co_await flag.wait();
    loop.stop();
}

TEST(KernelLoop, RunForeverSleepsUntilAnotherThreadHasItStopped)
{
    ThreadSafeFlag flag;
    std::thread setter{[&flag] {
        std::this_thread::sleep_for(50ms);
        flag.set();
    }};
    in_a_thread([&flag] {
        Loop& loop = get_event_loop();
        loop.create_task(stop_when_set(flag, loop));
        loop.run_forever();
        EXPECT_FALSE(loop.is_running());
    });
    setter.join();
}

TEST(KernelLoop, IsOneForEachThread)
{
    Loop* other = nullptr;
    in_a_thread([&other] { other = &get_event_loop(); });
    EXPECT_NE(other, nullptr);
    EXPECT_NE(other, &get_event_loop());
    EXPECT_EQ(&get_event_loop(), &get_event_loop());
}

Coroutine<> clean_up_with_tasks(Event& never, int& cleaned_up)
{
    bool cancelled = false;
    try {
        co_await never.wait();
    } catch (const CancelledError&) {
        cancelled = true;
    }
    if (cancelled) {
        cleaned_up = co_await wait_for_ms(value_after(2, 1), 1000);  // A task, and two timers.
    }
}

TEST(KernelLoop, ReplacedLetsItsTasksCleanUpOnTheOldLoopAndKeepsTheHandler)  // Rules 85 and 187.
{
    in_a_thread([] {
        Event never;
        int cleaned_up = 0;
        int reports = 0;
        get_event_loop().set_exception_handler(
            [&reports](Loop&, const ExceptionContext&) { ++reports; });
        const Task<> task = create_task(clean_up_with_tasks(never, cleaned_up));
        run(value_after(1, 1));
        Loop& fresh = new_event_loop();
        EXPECT_EQ(cleaned_up, 1);
        EXPECT_TRUE(task.done());
        EXPECT_EQ(&fresh, &get_event_loop());
        EXPECT_FALSE(fresh.is_closed());
        fresh.call_exception_handler({"still there", nullptr, AnyTask{}});
        EXPECT_EQ(reports, 1);
        EXPECT_EQ(run(value_after(1, 5)), 5);
    });
}

Coroutine<> fail_when_cancelled(Event& never)
{
    try {
        co_await never.wait();
    } catch (const CancelledError&) {
        throw std::runtime_error{"cleanup failed"};
    }
}

TEST(KernelLoop, IsReplacedThoughTheHandlerThrowsMeanwhile)
{
    in_a_thread([] {
        Event never;
        get_event_loop().set_exception_handler([](Loop&, const ExceptionContext& context) {
            std::rethrow_exception(context.exception);
        });
        create_task(fail_when_cancelled(never));
        run(value_after(1, 1));
        EXPECT_THROW(new_event_loop(), std::runtime_error);
        EXPECT_FALSE(get_event_loop().is_closed());
        EXPECT_EQ(run(value_after(1, 5)), 5);
    });
}

TEST(KernelLoop, ClosesAtOnceWhenItsTasksEndThoughAReadIsInFlight)
{
    in_a_thread([] {
        ThreadSafeFlag flag;
        const Task<> waiter = create_task(wait_for_flag(flag));
        run(value_after(1, 1));
        const auto before = Clock::now();
        get_event_loop().close();
        EXPECT_LT(Clock::now() - before, 1s);
        EXPECT_TRUE(waiter.cancelled());
    });
}

TEST(KernelLoop, EndsWithItsThreadThoughTasksAreLeft)
{
    static Event never;
    in_a_thread([] {
        ThreadSafeFlag flag;
        create_task(wait_for_ever(never));
        create_task(sleep_seconds(3600));
        const Task<> waiter = create_task(wait_for_flag(flag));
        run(value_after(1, 1));
        waiter.cancel();
    });
}

// --- Processes ------------------------------------------------------------------------------

Coroutine<> exit_inside(int status)
{
    co_await sleep_ms(1);
    std::exit(status);
}

TEST(KernelLoop, LeavesTheProcessInPeaceWhenATaskCallsExit)
{
    EXPECT_EQ(in_a_child([] {
                  new_event_loop();
                  create_task(sleep_seconds(3600));
                  run(exit_inside(7));
                  return 1;
              }),
              7);
}

/// What run() does in a child that uses the loop of its parent.
int use_inherited_loop()
{
    try {
        run(value_after(1, 1));
    } catch (const RuntimeError&) {
        return 3;
    }
    return 1;
}

TEST(KernelLoop, OfTheParentIsRefusedToAChildAfterFork)
{
    run(value_after(1, 1));
    EXPECT_EQ(in_a_child(use_inherited_loop), 3);
    EXPECT_EQ(in_a_child([] {
                  new_event_loop();
                  return run(value_after(1, 5));
              }),
              5);
    EXPECT_EQ(run(value_after(1, 5)), 5);
}

TEST(KernelLoop, WithOperationsInFlightIsLeftToTheParentByAChild)
{
    ThreadSafeFlag flag;
    const Task<> waiter = create_task(wait_for_flag(flag));
    run(value_after(1, 1));
    EXPECT_EQ(in_a_child([] {
                  new_event_loop();  // Drops the waiter; its read stays the parent's.
                  return run(value_after(1, 5));
              }),
              5);
    EXPECT_EQ(in_a_child([] { return 4; }), 4);  // It ends with the loop as it is.
    flag.set();
    run(value_after(1, 1));
    EXPECT_TRUE(waiter.done());
    EXPECT_FALSE(waiter.cancelled());
}

Coroutine<int> fork_inside()
{
    co_await sleep_ms(1);
    const pid_t child = ::fork();
    co_await sleep_ms(1);  // Throws out of run() in the child.
    int status = 0;
    ::waitpid(child, &status, 0);
    co_return status;
}

TEST(KernelLoop, ForkedInATaskThrowsOutOfRunInTheChild)
{
    const int status = in_a_child([] {
        new_event_loop();
        const pid_t us = ::getpid();
        try {
            const int child_status = run(fork_inside());
            return WIFEXITED(child_status) ? WEXITSTATUS(child_status) : 1;
        } catch (const RuntimeError&) {
            return ::getpid() != us ? 9 : 2;
        }
    });
    EXPECT_EQ(status, 9);
}

extern "C" void ignore_signal(int) {}

TEST(KernelLoop, SurvivesSignalsThatInterruptItsWait)
{
    struct sigaction action{};
    struct sigaction before{};
    action.sa_handler = ignore_signal;  // Without SA_RESTART: the wait ends with EINTR.
    ::sigaction(SIGUSR2, &action, &before);
    const pthread_t loop_thread = ::pthread_self();
    std::thread storm{[loop_thread] {
        for (int i = 0; i < 200; ++i) {
            ::pthread_kill(loop_thread, SIGUSR2);
            std::this_thread::sleep_for(250us);
        }
    }};
    run(measure_sleeps({20ms, 20ms, 20ms}));
    storm.join();
    ::sigaction(SIGUSR2, &before, nullptr);
}

}  // namespace
}  // namespace asyncio
