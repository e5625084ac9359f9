// The micro benchmarks on our library.

#include "micro.hpp"

#include <asyncio/asyncio.hpp>
#include <asyncio/detail/timer.hpp>

#include <deque>
#include <utility>
#include <vector>

namespace {

using asyncio::Coroutine;
using asyncio::create_task;
using micro::Stopwatch;

Coroutine<> nothing() { co_return; }

Coroutine<> await_coroutines()
{
    const Stopwatch stopwatch{"await", micro::operations};
    for (int i = 0; i < micro::operations; ++i) {
        co_await nothing();
    }
    stopwatch.print();
}

Coroutine<> spawn_and_join()
{
    const Stopwatch stopwatch{"spawn_join", micro::operations};
    for (int i = 0; i < micro::operations; ++i) {
        co_await create_task(nothing());
    }
    stopwatch.print();
}

Coroutine<> yield(int times)
{
    for (int i = 0; i < times; ++i) {
        co_await asyncio::sleep_ms(0);
    }
}

Coroutine<> switch_between_two()
{
    const Stopwatch stopwatch{"switch", micro::operations};
    co_await asyncio::gather(yield(micro::operations / 2), yield(micro::operations / 2));
    stopwatch.print();
}

Coroutine<> set_in_turn(asyncio::Event& mine, asyncio::Event& other, int times)
{
    for (int i = 0; i < times; ++i) {
        co_await mine.wait();
        mine.clear();
        other.set();
    }
}

Coroutine<> events()
{
    asyncio::Event one;
    asyncio::Event two;
    one.set();
    const Stopwatch stopwatch{"event", micro::operations};
    co_await asyncio::gather(set_in_turn(one, two, micro::operations / 2),
                             set_in_turn(two, one, micro::operations / 2));
    stopwatch.print();
}

Coroutine<> lock_often(asyncio::Lock& lock, int times)
{
    for (int i = 0; i < times; ++i) {
        auto held = co_await lock.scoped();
        co_await asyncio::sleep_ms(0);
    }
}

Coroutine<> lock_that_is_held()
{
    asyncio::Lock lock;
    const Stopwatch stopwatch{"lock", micro::operations};
    std::vector<asyncio::Task<>> tasks;
    for (int i = 0; i < micro::lockers; ++i) {
        tasks.push_back(create_task(lock_often(lock, micro::operations / micro::lockers)));
    }
    co_await asyncio::gather(std::move(tasks));
    stopwatch.print();
}

Coroutine<> gather_many()
{
    const Stopwatch stopwatch{"gather", micro::gathered * micro::gathers};
    for (int i = 0; i < micro::gathers; ++i) {
        std::vector<asyncio::Task<>> tasks;
        tasks.reserve(micro::gathered);
        for (int k = 0; k < micro::gathered; ++k) {
            tasks.push_back(create_task(yield(1)));
        }
        co_await asyncio::gather(std::move(tasks));
    }
    stopwatch.print();
}

/// The timer that every sleep and time limit has in its frame.
class Alarm final : public asyncio::detail::Timer {
public:
    Alarm(int& left, asyncio::Event& all_gone) : left_{left}, all_gone_{all_gone} {}

    void start(int delay_ms) { arm(std::chrono::milliseconds{delay_ms}); }
    void expire() noexcept override
    {
        if (--left_ == 0) {
            all_gone_.set();
        }
    }

private:
    int& left_;
    asyncio::Event& all_gone_;
};

Coroutine<> add_and_cancel_timers()
{
    const micro::TimerPlan plan;
    asyncio::Event all_gone;
    int left = micro::timers - static_cast<int>(plan.cancelled.size());
    std::deque<Alarm> alarms;
    for (int i = 0; i < micro::timers; ++i) {
        alarms.emplace_back(left, all_gone);
    }
    const Stopwatch stopwatch{"timer", micro::timers};
    for (std::size_t i = 0; i < alarms.size(); ++i) {
        alarms[i].start(plan.delays_ms[i]);
    }
    for (const std::size_t i : plan.cancelled) {
        alarms[i].disarm();
    }
    stopwatch.print();
    co_await all_gone.wait();
}

Coroutine<> sleep_often()
{
    const micro::TimerPlan plan;
    const Stopwatch stopwatch{"sleep", micro::timers};
    std::vector<asyncio::Task<>> tasks;
    tasks.reserve(micro::timers);
    for (const int delay_ms : plan.delays_ms) {
        tasks.push_back(create_task(asyncio::sleep_ms(delay_ms)));
    }
    co_await asyncio::gather(std::move(tasks));
    stopwatch.print();
}

Coroutine<> all()
{
    co_await await_coroutines();
    co_await spawn_and_join();
    co_await switch_between_two();
    co_await events();
    co_await lock_that_is_held();
    co_await gather_many();
    co_await add_and_cancel_timers();
    co_await sleep_often();
}

}  // namespace

int main() { asyncio::run(all()); }
