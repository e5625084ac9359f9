// Ctrl-C in run(), each in a process of its own.

#include <asyncio/run.hpp>

#include <asyncio/event.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/sleep.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <thread>
#include <unistd.h>

namespace asyncio {
namespace {

Coroutine<> clean_up_after_interrupt(const char* name, bool interrupts)
{
    try {
        if (interrupts) {
            co_await sleep_ms(10);
            std::raise(SIGINT);
        }
        co_await sleep_ms(60'000);
    } catch (const CancelledError&) {
        std::fprintf(stderr, "%s cleaned up;", name);
        throw;
    }
}

Coroutine<int> swallow_interrupt()
{
    int interrupts = 0;
    while (interrupts < 2) {
        try {
            std::raise(SIGINT);
            co_await sleep_ms(60'000);
        } catch (const CancelledError&) {
            ++interrupts;
        }
    }
    co_return interrupts;
}

Coroutine<> cancel_main(AnyTask& main)
{
    main.cancel();
    co_return;
}

Coroutine<> be_cancelled(AnyTask& main)
{
    main = current_task();
    create_task(cancel_main(main));
    co_await sleep_ms(60'000);
}

/// The death tests run in a fork of this process, whose loop is not theirs.
void begin()
{
    ::alarm(20);
    new_event_loop();
}

void interrupt_main()
{
    begin();
    create_task(clean_up_after_interrupt("other", false));
    run(clean_up_after_interrupt("main", true));
}

TEST(KernelSignals, InterruptCancelsMainThenTheOthersThenEndsTheProcess)  // Rule 21.
{
    EXPECT_EXIT(interrupt_main(), testing::KilledBySignal(SIGINT),
                "main cleaned up;other cleaned up;");
}

void swallow_and_exit()
{
    begin();
    const int interrupts = run(swallow_interrupt());
    struct sigaction action{};
    ::sigaction(SIGINT, nullptr, &action);
    std::exit(interrupts == 2 && action.sa_handler == SIG_DFL ? 0 : 1);
}

TEST(KernelSignals, InterruptIsAnEventThatMainMaySurviveAndTheHandlerIsPutBack)
{
    EXPECT_EXIT(swallow_and_exit(), testing::ExitedWithCode(0), "");
}

void cancel_without_interrupt()
{
    begin();
    AnyTask main;
    try {
        run(be_cancelled(main));
    } catch (const CancelledError&) {
        std::exit(0);
    }
    std::exit(1);
}

TEST(KernelSignals, MainCancelledByATaskOnlyThrowsCancelledError)
{
    EXPECT_EXIT(cancel_without_interrupt(), testing::ExitedWithCode(0), "");
}

extern "C" void exit_at_once(int) { ::_exit(3); }

void interrupt_with_own_handler()
{
    begin();
    std::signal(SIGINT, exit_at_once);
    run(clean_up_after_interrupt("main", true));
}

TEST(KernelSignals, AProgramsOwnHandlerOfInterruptIsLeftAlone)
{
    EXPECT_EXIT(interrupt_with_own_handler(), testing::ExitedWithCode(3), "");
}

void run_in_another_thread()
{
    begin();
    std::thread{[] {
        new_event_loop();
        run(clean_up_after_interrupt("thread", true));
    }}.join();
}

TEST(KernelSignals, RunOfAnotherThreadLeavesInterruptToTheProcess)
{
    EXPECT_EXIT(run_in_another_thread(), testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace asyncio
