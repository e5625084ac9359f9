// The end of all sessions, on the virtual clock.

#include "boardd/sessions.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>

namespace {

using asyncio::Coroutine;
using boardd::Sessions;
using namespace std::chrono_literals;

/// A session that takes its time to end.
Coroutine<> slow_to_end(std::shared_ptr<Sessions> sessions, std::int64_t ms)
{
    const Sessions::Member member{sessions};
    bool cancelled = false;
    try {
        co_await asyncio::sleep_ms(3'600'000);
    } catch (const asyncio::CancelledError&) {
        cancelled = true;
    }
    if (cancelled) {
        co_await asyncio::sleep_ms(ms);
    }
}

TEST(Sessions, AreGivenOneLimitTogetherAndNotOneEach)
{
    asyncio::VirtualLoop loop;
    const auto sessions = std::make_shared<Sessions>();
    loop.create_task(slow_to_end(sessions, 1'500));
    loop.create_task(slow_to_end(sessions, 2'500));
    loop.run_until_idle();

    EXPECT_EQ(loop.run(sessions->end_all(2'000)), 1U);
    EXPECT_EQ(loop.now(), 2'000ms);
}

}  // namespace
