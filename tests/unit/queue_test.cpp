#include <asyncio/queue.hpp>

#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace asyncio::test {
namespace {

using Trace = std::vector<std::string>;

template <typename Q>
Coroutine<> getter(Q& queue, Trace& trace, std::string name)
{
    try {
        const auto item = co_await queue.get();
        trace.push_back(name + " got " + std::to_string(item));
    } catch (const CancelledError&) {
        trace.push_back(name + " cancelled");
        throw;
    }
}

template <typename Q>
Coroutine<> putter(Q& queue, Trace& trace, int item)
{
    try {
        co_await queue.put(item);
        trace.push_back("put " + std::to_string(item));
    } catch (const CancelledError&) {
        trace.push_back("put " + std::to_string(item) + " cancelled");
        throw;
    }
}

Coroutine<> one_turn() { co_await sleep_ms(0); }

TEST(Queue, GivesItemsInTheOrderInWhichTheyWerePut)
{
    VirtualLoop loop;
    Queue<int> queue;
    EXPECT_TRUE(queue.empty());
    queue.put_nowait(1);
    queue.put_nowait(2);
    EXPECT_EQ(queue.qsize(), 2U);
    EXPECT_FALSE(queue.full());  // Without maxsize it never is.
    EXPECT_EQ(queue.get_nowait(), 1);
    EXPECT_EQ(queue.get_nowait(), 2);
    EXPECT_THROW(queue.get_nowait(), QueueEmpty);
}

TEST(Queue, PutNowaitThrowsQueueFullAtMaxsize)
{
    VirtualLoop loop;
    Queue<int> queue{1};
    EXPECT_EQ(queue.maxsize(), 1U);
    queue.put_nowait(1);
    EXPECT_TRUE(queue.full());
    EXPECT_THROW(queue.put_nowait(2), QueueFull);
    EXPECT_EQ(queue.get_nowait(), 1);
    queue.put_nowait(3);
    EXPECT_EQ(queue.get_nowait(), 3);
}

TEST(Queue, ServesThoseWhoWaitFirstComeFirstServed)
{
    Trace trace;
    Queue<int> queue;
    VirtualLoop loop;
    loop.create_task(getter(queue, trace, "ann"));
    loop.create_task(getter(queue, trace, "bob"));
    loop.run_until_idle();
    queue.put_nowait(1);
    queue.put_nowait(2);
    EXPECT_TRUE(trace.empty());  // put only schedules.
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann got 1", "bob got 2"}));
}

TEST(Queue, AnItemForSomebodyWhoWaitsCannotBeTakenInBetween)
{
    Trace trace;
    Queue<int> queue;
    VirtualLoop loop;
    loop.create_task(getter(queue, trace, "ann"));
    loop.run_until_idle();
    queue.put_nowait(1);
    EXPECT_TRUE(queue.empty());
    EXPECT_THROW(queue.get_nowait(), QueueEmpty);
    loop.create_task(getter(queue, trace, "bob"));
    queue.put_nowait(2);
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann got 1", "bob got 2"}));
}

TEST(Queue, RoomForSomebodyWhoWaitsCannotBeTakenInBetween)
{
    Trace trace;
    Queue<int> queue{1};
    VirtualLoop loop;
    queue.put_nowait(1);
    loop.create_task(putter(queue, trace, 2));
    loop.create_task(putter(queue, trace, 3));
    loop.run_until_idle();
    EXPECT_EQ(queue.get_nowait(), 1);
    EXPECT_TRUE(queue.full());
    EXPECT_THROW(queue.put_nowait(9), QueueFull);
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"put 2"});
    EXPECT_EQ(queue.get_nowait(), 2);
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"put 2", "put 3"}));
    EXPECT_EQ(queue.get_nowait(), 3);
}

TEST(Queue, ACancelledGetTakesNothing)
{
    Trace trace;
    Queue<int> queue;
    VirtualLoop loop;
    Task<> ann = loop.create_task(getter(queue, trace, "ann"));
    loop.run_until_idle();
    ann.cancel();
    loop.run_until_idle();
    queue.put_nowait(1);
    EXPECT_EQ(queue.qsize(), 1U);
    EXPECT_EQ(trace, Trace{"ann cancelled"});
}

TEST(Queue, AGetThatIsCancelledAfterItsItemCamePassesItOnInOrder)
{
    Trace trace;
    Queue<int> queue;
    VirtualLoop loop;
    Task<> ann = loop.create_task(getter(queue, trace, "ann"));
    loop.create_task(getter(queue, trace, "bob"));
    loop.run_until_idle();
    queue.put_nowait(1);
    ann.cancel();
    queue.put_nowait(2);
    loop.run_until_idle();
    // Bob was promised an item, and the oldest is there for him.
    EXPECT_EQ(trace, (Trace{"ann cancelled", "bob got 1"}));
    EXPECT_EQ(queue.get_nowait(), 2);
}

TEST(Queue, AGetThatIsCancelledAfterItsItemCameWakesTheNext)
{
    Trace trace;
    Queue<int> queue;
    VirtualLoop loop;
    Task<> ann = loop.create_task(getter(queue, trace, "ann"));
    loop.create_task(getter(queue, trace, "bob"));
    loop.run_until_idle();
    queue.put_nowait(1);
    ann.cancel();
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann cancelled", "bob got 1"}));
}

TEST(Queue, ACancelledPutPutsNothingAndItsRoomGoesToTheNext)
{
    Trace trace;
    Queue<int> queue{1};
    VirtualLoop loop;
    queue.put_nowait(1);
    Task<> two = loop.create_task(putter(queue, trace, 2));
    loop.create_task(putter(queue, trace, 3));
    loop.run_until_idle();
    EXPECT_EQ(queue.get_nowait(), 1);
    two.cancel();  // The room is promised to it already.
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"put 2 cancelled", "put 3"}));
    EXPECT_EQ(queue.get_nowait(), 3);
    EXPECT_FALSE(queue.full());
}

TEST(Queue, ALoopThatClosesLeavesTheItemsOfThoseWhoWaited)
{
    Trace trace;
    Queue<int> queue;
    {
        VirtualLoop loop;
        loop.create_task(getter(queue, trace, "ann"));
        loop.run_until_idle();
        queue.put_nowait(1);
    }
    EXPECT_EQ(queue.qsize(), 1U);
}

TEST(Queue, CarriesMoveOnlyItems)
{
    Queue<std::unique_ptr<int>> queue{1};
    VirtualLoop loop;
    const auto put_two = [](Queue<std::unique_ptr<int>>* items) -> Coroutine<> {
        co_await items->put(std::make_unique<int>(1));
        co_await items->put(std::make_unique<int>(2));
    };
    const auto sum = [](Queue<std::unique_ptr<int>>* items) -> Coroutine<int> {
        const std::unique_ptr<int> first = co_await items->get();
        const std::unique_ptr<int> second = co_await items->get();
        co_return *first * 10 + *second;
    };
    loop.create_task(put_two(&queue));
    EXPECT_EQ(loop.run(sum(&queue)), 12);
}

TEST(Queue, JoinWaitsUntilEveryItemIsDealtWith)
{
    Trace trace;
    Queue<int> queue;
    VirtualLoop loop;
    const auto join = [](Queue<int>* items, Trace* end) -> Coroutine<> {
        co_await items->join();
        end->push_back("joined");
    };
    loop.create_task(join(&queue, &trace));
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"joined"});  // There was nothing to wait for.

    queue.put_nowait(1);
    queue.put_nowait(2);
    loop.create_task(join(&queue, &trace));
    (void)queue.get_nowait();
    (void)queue.get_nowait();
    queue.task_done();
    loop.run_until_idle();
    EXPECT_EQ(trace.size(), 1U);
    queue.task_done();
    loop.run_until_idle();
    EXPECT_EQ(trace.size(), 2U);
    EXPECT_THROW(queue.task_done(), RuntimeError);
}

TEST(Queue, SurvivesAnyCancelInAMixOfGettersAndPutters)
{
    // Every task of the mix is cancelled once, at every turn: what was put is got, once.
    for (std::size_t victim = 0; victim < 6; ++victim) {
        for (int turn = 0; turn < 4; ++turn) {
            Trace trace;
            Queue<int> queue{1};
            VirtualLoop loop;
            std::vector<Task<>> tasks;
            for (int i = 1; i <= 3; ++i) {
                tasks.push_back(loop.create_task(getter(queue, trace, "g")));
            }
            for (int i = 1; i <= 3; ++i) {
                tasks.push_back(loop.create_task(putter(queue, trace, i)));
            }
            for (int i = 0; i < 4; ++i) {
                if (i == turn) {
                    tasks[victim].cancel();
                }
                loop.run(one_turn());
            }
            loop.run_until_idle();
            const auto count = [&trace](const std::string& word, bool cancelled) {
                return std::count_if(trace.begin(), trace.end(), [&](const std::string& line) {
                    return line.starts_with(word) && line.ends_with("cancelled") == cancelled;
                });
            };
            const auto put = count("put", false);
            const auto got = count("g", false);
            const auto left = static_cast<std::ptrdiff_t>(queue.qsize());
            EXPECT_EQ(put, got + left) << "victim " << victim;
            for (Task<>& task : tasks) {
                task.cancel();
            }
            loop.run_until_idle();
        }
    }
}

TEST(LifoQueue, GivesTheNewestFirst)
{
    LifoQueue<int> queue{2};
    queue.put_nowait(1);
    queue.put_nowait(2);
    EXPECT_TRUE(queue.full());
    EXPECT_EQ(queue.get_nowait(), 2);
    EXPECT_EQ(queue.get_nowait(), 1);
}

TEST(PriorityQueue, GivesTheSmallestFirst)
{
    PriorityQueue<int> queue;
    for (const int item : {3, 1, 2}) {
        queue.put_nowait(item);
    }
    EXPECT_EQ(queue.get_nowait(), 1);
    EXPECT_EQ(queue.get_nowait(), 2);
    EXPECT_EQ(queue.get_nowait(), 3);
}

TEST(PriorityQueue, ComparesAsItIsTold)
{
    Trace trace;
    PriorityQueue<int, std::greater<int>> queue;
    VirtualLoop loop;
    loop.create_task(getter(queue, trace, "ann"));
    loop.run_until_idle();
    queue.put_nowait(1);
    queue.put_nowait(2);
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"ann got 2"});
    EXPECT_EQ(queue.get_nowait(), 1);
}

}  // namespace
}  // namespace asyncio::test
