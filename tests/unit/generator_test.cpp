#include <asyncio/generator.hpp>

#include <asyncio/detail/awaitable.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace asyncio::test {
namespace {

using Trace = std::vector<std::string>;

/// Says when it dies.
class Witness {
public:
    Witness(Trace* trace, std::string name) : trace_{trace}, name_{std::move(name)} {}
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;
    ~Witness() { trace_->push_back(name_); }

private:
    Trace* trace_;
    std::string name_;
};

Generator<int> count(int n, std::int64_t pause_ms = 0)
{
    for (int i = 0; i < n; ++i) {
        if (pause_ms > 0) {
            co_await sleep_ms(pause_ms);
        }
        co_yield i;
    }
}

Coroutine<std::vector<int>> collect(Generator<int> numbers)
{
    std::vector<int> all;
    auto number = co_await numbers.next();
    while (number) {
        all.push_back(*number);
        number = co_await numbers.next();
    }
    co_return all;
}

TEST(Generator, GivesWhatItYieldsAndThenNothing)
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(collect(count(3))), (std::vector<int>{0, 1, 2}));
    EXPECT_EQ(loop.run(collect(count(0))), std::vector<int>{});
}

TEST(Generator, MayAwaitBetweenItsValues)
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(collect(count(3, 10))), (std::vector<int>{0, 1, 2}));
    EXPECT_EQ(loop.now(), std::chrono::milliseconds{30});
}

TEST(Generator, DoesNotGrowTheStack)
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(collect(count(200'000))).size(), 200'000U);
}

TEST(Generator, GivesNothingAgainAfterItsEnd)
{
    VirtualLoop loop;
    const auto ask_again = []() -> Coroutine<bool> {
        Generator<int> numbers = count(1);
        const auto first = co_await numbers.next();
        const auto second = co_await numbers.next();
        const auto third = co_await numbers.next();
        co_return first == 0 && !second && !third;
    };
    EXPECT_TRUE(loop.run(ask_again()));
}

Generator<std::unique_ptr<std::string>> words(std::string first, std::string second)
{
    co_yield std::make_unique<std::string>(first);
    auto last = std::make_unique<std::string>(second);
    co_yield std::move(last);
}

TEST(Generator, YieldsMoveOnlyValues)
{
    VirtualLoop loop;
    const auto join = []() -> Coroutine<std::string> {
        auto both = words("a word longer than the small buffer", "another");
        std::string all;
        auto word = co_await both.next();
        while (word) {
            all += **word + ";";
            word = co_await both.next();
        }
        co_return all;
    };
    EXPECT_EQ(loop.run(join()), "a word longer than the small buffer;another;");
}

Generator<int> fails_after_one(Trace* trace)
{
    const Witness witness{trace, "cleaned up"};
    co_yield 1;
    throw std::runtime_error{"no more"};
}

TEST(Generator, PassesItsExceptionOnAndHasEnded)
{
    VirtualLoop loop;
    Trace trace;
    const auto use = [](Trace* end) -> Coroutine<> {
        auto numbers = fails_after_one(end);
        (void)co_await numbers.next();
        try {
            (void)co_await numbers.next();
        } catch (const std::runtime_error& error) {
            end->push_back(error.what());
        }
        const auto after = co_await numbers.next();
        end->push_back(after ? "goes on" : "ended");
    };
    loop.run(use(&trace));
    EXPECT_EQ(trace, (Trace{"cleaned up", "no more", "ended"}));
}

TEST(Generator, RunsItsDestructorsWhenItIsDestroyedWhereItYielded)
{
    VirtualLoop loop;
    Trace trace;
    const auto use = [](Trace* end) -> Coroutine<> {
        {
            auto numbers = fails_after_one(end);
            (void)co_await numbers.next();
        }
        end->push_back("left");
        auto never_started = fails_after_one(end);
    };
    loop.run(use(&trace));
    EXPECT_EQ(trace, (Trace{"cleaned up", "left"}));
}

TEST(Generator, IsCancelledWithTheTaskThatAwaitsIt)
{
    VirtualLoop loop;
    Trace trace;
    const auto use = [](Trace* end) -> Coroutine<> {
        auto numbers = count(3, 1000);
        try {
            (void)co_await numbers.next();
        } catch (const CancelledError&) {
            end->push_back("cancelled");
        }
        const auto after = co_await numbers.next();
        end->push_back(after ? "goes on" : "ended");
    };
    Task<> task = loop.create_task(use(&trace));
    loop.run_until_idle();
    task.cancel();
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"cancelled", "ended"}));
}

TEST(Generator, RefusesASecondTaskWhileItRuns)
{
    VirtualLoop loop;
    Generator<int> numbers = count(2, 1000);
    Task<std::optional<int>> first = loop.create_task(detail::as_coroutine(numbers.next()));
    loop.run_until_idle();
    EXPECT_THROW(loop.run(detail::as_coroutine(numbers.next())), RuntimeError);
    EXPECT_EQ(loop.loop().run_until_complete(first), 0);
    EXPECT_EQ(loop.run(detail::as_coroutine(numbers.next())), 1);
}

TEST(Generator, CanBeMovedBetweenItsValues)
{
    VirtualLoop loop;
    const auto use = []() -> Coroutine<std::vector<int>> {
        auto numbers = count(3);
        (void)co_await numbers.next();
        auto moved = std::move(numbers);
        auto rest = collect(std::move(moved));
        co_return co_await std::move(rest);
    };
    EXPECT_EQ(loop.run(use()), (std::vector<int>{1, 2}));
}

TEST(Generator, EndsWhenTheTaskInsideItIsDropped)
{
    Trace trace;
    auto sleeper = [](Trace* end) -> Generator<int> {
        const Witness witness{end, "cleaned up"};
        for (;;) {
            try {
                co_await sleep_ms(1000);
            } catch (const CancelledError&) {
                end->push_back("swallowed");
            }
        }
        co_yield 1;
    };
    Generator<int> numbers = sleeper(&trace);
    {
        VirtualLoop loop;
        loop.create_task(detail::as_coroutine(numbers.next()));
        loop.run_until_idle();
    }
    EXPECT_EQ(trace.back(), "cleaned up");
    VirtualLoop loop;
    EXPECT_EQ(loop.run(detail::as_coroutine(numbers.next())), std::nullopt);
}

}  // namespace
}  // namespace asyncio::test
