#include <asyncio/debug.hpp>

#include "support/closed.hpp"
#include "support/reports.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/event.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <gtest/gtest.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

Coroutine<> signal_oneself(const Reports& reports)
{
    std::raise(SIGUSR1);
    while (reports.all().empty()) {
        co_await sleep_ms(1);
    }
}

TEST(KernelDebug, ASignalReportsTheTasks)
{
    const Reports reports;
    {
        const debug::DumpOnSignal dump;
        run(signal_oneself(reports));
    }
    ASSERT_FALSE(reports.all().empty());
    EXPECT_TRUE(reports.all().front().starts_with("1 task\ntask 'main'")) << reports.all().front();
    struct sigaction action{};
    ASSERT_EQ(::sigaction(SIGUSR1, nullptr, &action), 0);
    EXPECT_EQ(action.sa_handler, SIG_DFL);  // Given back.
}

TEST(KernelDebug, ASignalIsWatchedOnce)
{
    const debug::DumpOnSignal dump{SIGUSR2};
    EXPECT_THROW(debug::DumpOnSignal{SIGUSR2}, std::invalid_argument);
    EXPECT_THROW(debug::DumpOnSignal{SIGKILL}, std::invalid_argument);
    EXPECT_THROW(debug::DumpOnSignal{-1}, std::invalid_argument);
    const debug::DumpOnSignal other{SIGUSR1};
}

TEST(KernelDebug, TheLoopMayCloseBeforeTheWatch)
{
    const Reports reports;
    const debug::DumpOnSignal dump;
    new_event_loop();
    std::raise(SIGUSR1);  // Nobody listens any more.
    run([]() -> Coroutine<> { co_await sleep_ms(0); }());
    EXPECT_TRUE(reports.all().empty());
}

TEST(KernelDebug, AWatchWhoseEventfdSomebodyHasClosedSaysSoOnce)
{
    const Reports reports;
    new_event_loop();
    const int number = next_descriptor();
    const debug::DumpOnSignal dump{SIGUSR2};
    run(sleep_ms(1));  // Now it listens.
    const Closed closed{number};
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(closed.kept(), &one, sizeof one), 8);
    run(sleep_ms(20));
    const std::string expected =
        "cannot watch signal " + std::to_string(SIGUSR2) + ": Bad file descriptor";
    EXPECT_EQ(std::ranges::count(reports.all(), expected), 1);
    struct sigaction action{};
    ASSERT_EQ(::sigaction(SIGUSR2, nullptr, &action), 0);
    EXPECT_EQ(action.sa_handler, SIG_DFL);  // Given back.
}

Coroutine<> never_end()
{
    Event never;
    while (true) {
        try {
            co_await never.wait();
        } catch (const CancelledError&) {
        }
    }
}

TEST(KernelDebug, AWatchDoesNotKeepAClosingLoopWaiting)
{
    const debug::DumpOnSignal dump;
    create_task(never_end());
    run([]() -> Coroutine<> { co_await sleep_ms(0); }());
    const auto begun = std::chrono::steady_clock::now();
    new_event_loop();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s);  // Of 2 s that a cleanup may take.
}

void watch_after_fork()
{
    try {
        const debug::DumpOnSignal dump;
    } catch (const RuntimeError&) {
        struct sigaction action{};
        (void)::sigaction(SIGUSR1, nullptr, &action);
        std::_Exit(action.sa_handler == SIG_DFL ? 0 : 1);
    }
    std::_Exit(2);
}

TEST(KernelDebug, AWatchThatCannotStartGivesTheSignalBack)
{
    (void)get_event_loop();
    EXPECT_EXIT(watch_after_fork(), testing::ExitedWithCode(0), "");
}

/// Keeps the processor for a while.
Coroutine<> be_busy(std::chrono::nanoseconds duration)
{
    const auto end = std::chrono::steady_clock::now() + duration;
    while (std::chrono::steady_clock::now() < end) {
    }
    co_return;
}

/// The reports of a task that holds the loop for `duration`, with this limit.
std::size_t slow_reports(std::chrono::nanoseconds duration,
                         std::optional<std::chrono::nanoseconds> limit)
{
    const Reports reports;
    get_event_loop().set_slow_callback_duration(limit);
    run(be_busy(duration));
    get_event_loop().set_slow_callback_duration(std::nullopt);
    for (const std::string& report : reports.all()) {
        EXPECT_TRUE(report.starts_with("task 'main' held the loop for ")) << report;
    }
    return reports.all().size();
}

TEST(KernelDebug, ATaskThatHoldsTheLoopIsReported)
{
    const DebugMode off{false};
    EXPECT_EQ(slow_reports(3ms, 2ms), 1U);
    EXPECT_EQ(slow_reports(3ms, 1h), 0U);
    EXPECT_EQ(slow_reports(60ms, std::nullopt), 0U);
    EXPECT_EQ(slow_reports(3ms, 0ms), 0U);
}

Coroutine<> limit_then_be_busy()
{
    get_event_loop().set_slow_callback_duration(1ms);
    co_await sleep_ms(0);
    co_await be_busy(3ms);
}

TEST(KernelDebug, TheLimitMayBeSetInTheRunningLoop)
{
    const DebugMode off{false};
    const Reports reports;
    run(limit_then_be_busy());
    get_event_loop().set_slow_callback_duration(std::nullopt);
    EXPECT_EQ(reports.all().size(), 1U);
}

TEST(KernelDebug, InDebugModeFiftyMillisecondsAreTooLong)
{
    const DebugMode on{true};
    EXPECT_EQ(slow_reports(51ms, std::nullopt), 1U);
    EXPECT_EQ(slow_reports(51ms, 0ms), 0U);
}

}  // namespace
}  // namespace asyncio::test
