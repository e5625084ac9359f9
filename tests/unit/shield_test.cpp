#include <asyncio/shield.hpp>

#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/wait_for.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace asyncio::test {
namespace {

using Trace = std::vector<std::string>;

Coroutine<int> save(Trace* trace)
{
    try {
        co_await sleep_ms(100);
        trace->push_back("saved");
    } catch (const CancelledError&) {
        trace->push_back("cancelled inside");
        throw;
    }
    co_return 42;
}

Coroutine<int> shielded(Trace* trace)
{
    try {
        co_return co_await shield(save(trace));
    } catch (const CancelledError&) {
        trace->push_back("cancelled outside");
        throw;
    }
}

TEST(Shield, GivesTheResult)
{
    VirtualLoop loop;
    Trace trace;
    EXPECT_EQ(loop.run(shielded(&trace)), 42);
}

TEST(Shield, KeepsACancelAway)
{
    VirtualLoop loop;
    Trace trace;
    Task<int> task = loop.create_task(shielded(&trace));
    loop.run_until_idle();
    task.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(task.cancelled());
    EXPECT_EQ(trace, Trace{"cancelled outside"});
    loop.advance(std::chrono::milliseconds{100});
    EXPECT_EQ(trace, (Trace{"cancelled outside", "saved"}));
}

TEST(Shield, BeginsAtOnce)
{
    VirtualLoop loop;
    Trace trace;
    {
        auto never_awaited = shield(save(&trace));
    }
    loop.advance(std::chrono::milliseconds{100});
    EXPECT_EQ(trace, Trace{"saved"});
}

TEST(Shield, PassesOnThatTheTaskItselfIsCancelled)
{
    VirtualLoop loop;
    Trace trace;
    Task<int> inner = loop.create_task(save(&trace));
    const auto wait = [](Task<int> task) -> Coroutine<int> { co_return co_await shield(task); };
    Task<int> outer = loop.create_task(wait(inner));
    loop.run_until_idle();
    inner.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(outer.cancelled());
}

TEST(Shield, ACancelInTheTurnOfTheEndIsNotLost)
{
    VirtualLoop loop;
    Trace trace;
    Task<int> inner = loop.create_task(save(&trace));
    const auto wait = [](Task<int> task) -> Coroutine<int> { co_return co_await shield(task); };
    Task<int> outer = loop.create_task(wait(inner));
    loop.run_until_idle();
    loop.loop().run_until_complete(inner);
    outer.cancel();  // It is ready, with the result.
    loop.run_until_idle();
    EXPECT_TRUE(outer.cancelled());
    EXPECT_EQ(inner.result(), 42);
}

TEST(Shield, InWaitForLetsTheTaskGoOnAfterTheTimeout)
{
    VirtualLoop loop;
    Trace trace;
    const auto main = [](Trace* ends) -> Coroutine<int> {
        Task<int> task = create_task(save(ends));
        try {
            (void)co_await wait_for_ms(shield(task), 10);
        } catch (const TimeoutError&) {
            ends->push_back("timeout");
        }
        co_return co_await task;
    };
    EXPECT_EQ(loop.run(main(&trace)), 42);
    EXPECT_EQ(trace, (Trace{"timeout", "saved"}));
}

TEST(Shield, AFailureThatNobodySeesIsReported)
{
    VirtualLoop loop;
    int reports = 0;
    loop.loop().set_exception_handler([&reports](Loop&, const ExceptionContext&) { ++reports; });
    const auto fails = []() -> Coroutine<> {
        co_await sleep_ms(10);
        throw std::runtime_error{"no lamp"};
    };
    const auto wait = [](Coroutine<> inner) -> Coroutine<> { co_await shield(std::move(inner)); };
    Task<> outer = loop.create_task(wait(fails()));
    loop.run_until_idle();
    outer.cancel();
    loop.advance(std::chrono::milliseconds{10});
    EXPECT_EQ(reports, 1);
}

TEST(Shield, GivesAMoveOnlyResult)
{
    VirtualLoop loop;
    const auto make = []() -> Coroutine<std::unique_ptr<int>> {
        co_await sleep_ms(1);
        co_return std::make_unique<int>(42);
    };
    const auto main = [](auto inner) -> Coroutine<int> {
        const std::unique_ptr<int> value = co_await shield(inner());
        co_return *value;
    };
    EXPECT_EQ(loop.run(main(make)), 42);
}

}  // namespace
}  // namespace asyncio::test
