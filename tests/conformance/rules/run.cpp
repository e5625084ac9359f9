// Rows 9 to 21: run() and the main task.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <sys/resource.h>
#include <thread>

namespace conformance {
namespace {

asyncio::Coroutine<int> answer() { co_return 42; }

asyncio::Coroutine<> cancel_soon(asyncio::AnyTask task)
{
    task.cancel();
    co_return;
}

asyncio::Coroutine<> main_is_cancelled()
{
    asyncio::create_task(cancel_soon(asyncio::current_task()));
    co_await asyncio::sleep(10);
}

/// A task with cleanup: what it has to say when it ends, however it ends.
class AtExit {
public:
    AtExit(Trace* trace, std::string what) : trace_{trace}, what_{std::move(what)} {}
    AtExit(const AtExit&) = delete;
    AtExit& operator=(const AtExit&) = delete;
    ~AtExit() { trace_->add(what_); }

private:
    Trace* trace_;
    std::string what_;
};

asyncio::Coroutine<> counts(Trace* trace)
{
    const AtExit at_exit{trace, "cleanup"};
    for (int i = 0;; ++i) {
        trace->add(i);
        co_await asyncio::sleep(0);
    }
}

asyncio::Coroutine<> yields(int turns) { co_await yield(turns); }

asyncio::Coroutine<> starts_counting(Trace* trace)
{
    asyncio::create_task(counts(trace));
    co_await yield(2);
}

asyncio::Coroutine<> cleans_up_with_await(Trace* trace)
{
    try {
        co_await asyncio::sleep(1000);
    } catch (const asyncio::CancelledError&) {
        trace->add("cancelled");
    }
    co_await asyncio::sleep_ms(1);
    trace->add("cleaned up");
}

asyncio::Coroutine<> leaves_a_task_behind(Trace* trace)
{
    asyncio::create_task(cleans_up_with_await(trace));
    co_await asyncio::sleep(0);
}

asyncio::Coroutine<> says(Trace* trace, std::string what)
{
    trace->add(what);
    co_return;
}

asyncio::Coroutine<std::string> runs_inside_run()
{
    std::string message = "accepted";
    try {
        asyncio::run(answer());
    } catch (const asyncio::RuntimeError& error) {
        message = error.what();
    }
    co_await asyncio::sleep(0);  // The loop goes on.
    co_return message;
}

asyncio::Coroutine<> waits_for(asyncio::ThreadSafeFlag* flag) { co_await flag->wait(); }

asyncio::Coroutine<> never_ends()
{
    for (;;) {
        co_await asyncio::sleep(1);
    }
}

asyncio::Coroutine<> starts_an_endless_task()
{
    asyncio::create_task(never_ends());
    co_return;
}

asyncio::Coroutine<> fails()
{
    throw ValueError{"1"};
    co_return;
}

asyncio::Coroutine<> prints_at_exit(const char* what)
{
    try {
        co_await asyncio::sleep(1000);
    } catch (const asyncio::CancelledError&) {
        std::fputs(what, stderr);
        throw;
    }
}

asyncio::Coroutine<> interrupted()
{
    asyncio::create_task(prints_at_exit("other cleaned up\n"));
    co_await asyncio::sleep(0);
    std::raise(SIGINT);
    co_await prints_at_exit("main cleaned up\n");
}

asyncio::Coroutine<int> survives_an_interrupt()
{
    std::raise(SIGINT);
    try {
        co_await asyncio::sleep(1000);
    } catch (const asyncio::CancelledError&) {
        co_return 1;
    }
    co_return 2;
}

}  // namespace

RULE(RunGivesTheValueOfMain, 7) { EXPECT_EQ(asyncio::run(answer()), 42); }

RULE(ACancelledMainLeavesRunWithCancelledError, 10)
{
    EXPECT_THROW(asyncio::run(main_is_cancelled()), asyncio::CancelledError);
}

RULE(PendingTasksGoOnInTheNextRun, 12, 15)
{
    Trace trace;
    asyncio::run(starts_counting(&trace));
    EXPECT_EQ(trace.str(), "0, 1");
    asyncio::run(yields(2));
    EXPECT_EQ(trace.str(), "0, 1, 2, 3, 4");
    asyncio::get_event_loop().close();
}

RULE(ClosingTheLoopLetsPendingTasksCleanUp, 14, 186)
{
    Trace trace;
    asyncio::run(leaves_a_task_behind(&trace));
    EXPECT_EQ(trace.str(), "");
    asyncio::get_event_loop().close();
    EXPECT_EQ(trace.str(), "cancelled, cleaned up");
    EXPECT_TRUE(asyncio::get_event_loop().is_closed());
    EXPECT_THROW(asyncio::run(answer()), asyncio::RuntimeError);
    asyncio::get_event_loop().close();  // Harmless.
}

RULE(TasksMayBeCreatedBeforeRun, 15)
{
    Trace trace;
    asyncio::create_task(says(&trace, "before"));
    EXPECT_EQ(trace.str(), "");
    asyncio::run(says(&trace, "main"));
    EXPECT_EQ(trace.str(), "before, main");
}

RULE(RunInsideATaskIsRefused, 16)
{
    EXPECT_EQ(asyncio::run(runs_inside_run()), "run() cannot be called from a running event loop");
}

KERNEL_RULE(ABlockedMainSleepsInTheKernel, 17, 127, 183)
{
    asyncio::ThreadSafeFlag flag;
    asyncio::run(yields(1));  // What is done once is done.
    rusage before{};
    rusage after{};
    std::thread other{[&flag] {
        std::this_thread::sleep_for(std::chrono::milliseconds{300});
        flag.set();
    }};
    getrusage(RUSAGE_THREAD, &before);
    asyncio::run(waits_for(&flag));
    getrusage(RUSAGE_THREAD, &after);
    other.join();
    // MicroPython polls every 1 to 3 ms: 100 times and more.
    EXPECT_LE(after.ru_nvcsw - before.ru_nvcsw, 10);
}

RULE(RunUntilCompleteGivesTheResultOfAFinishedTask, 19)
{
    asyncio::Loop& loop = asyncio::get_event_loop();
    const asyncio::Task<int> finished = loop.create_task(answer());
    loop.run_until_complete(starts_an_endless_task());
    EXPECT_TRUE(finished.done());
    EXPECT_EQ(loop.run_until_complete(finished), 42);

    loop.set_exception_handler([](asyncio::Loop&, const asyncio::ExceptionContext&) {});
    const asyncio::Task<> failed = loop.create_task(fails());
    loop.run_until_complete(yields(3));
    EXPECT_THROW(loop.run_until_complete(failed), ValueError);
}

KERNEL_RULE(AnInterruptLetsMainAndTheOthersCleanUp, 21)
{
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_EXIT(asyncio::run(interrupted()), testing::KilledBySignal(SIGINT),
                "main cleaned up\nother cleaned up\n");
}

KERNEL_RULE(AnInterruptCancelsMainWhichMayGoOn, 21)
{
    EXPECT_EQ(asyncio::run(survives_an_interrupt()), 1);
}

}  // namespace conformance
