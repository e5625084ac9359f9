// The micro benchmarks on Boost.Asio with coroutines. It has neither event nor mutex for them; a
// channel of one element is what its documentation offers for both.

#include "micro.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <deque>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using micro::Stopwatch;

using Executor = asio::io_context::executor_type;
using Awaitable = asio::awaitable<void, Executor>;
using Channel = asio::experimental::basic_channel<Executor, asio::experimental::channel_traits<>,
                                                  void(error_code)>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
constexpr asio::use_awaitable_t<Executor> use;

Awaitable nothing() { co_return; }

template <typename Make>
Awaitable gather(Executor executor, int count, Make make)
{
    using Operation = decltype(asio::co_spawn(executor, make(0), asio::deferred));
    std::vector<Operation> operations;
    operations.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        operations.push_back(asio::co_spawn(executor, make(i), asio::deferred));
    }
    auto group = asio::experimental::make_parallel_group(std::move(operations));
    co_await group.async_wait(asio::experimental::wait_for_all(), use);
}

Awaitable await_coroutines()
{
    const Stopwatch stopwatch{"await", micro::operations};
    for (int i = 0; i < micro::operations; ++i) {
        co_await nothing();
    }
    stopwatch.print();
}

Awaitable spawn_and_join(Executor executor)
{
    const Stopwatch stopwatch{"spawn_join", micro::operations};
    for (int i = 0; i < micro::operations; ++i) {
        co_await asio::co_spawn(executor, nothing(), use);
    }
    stopwatch.print();
}

Awaitable yield(Executor executor, int times)
{
    for (int i = 0; i < times; ++i) {
        co_await asio::post(executor, use);
    }
}

Awaitable switch_between_two(Executor executor)
{
    const Stopwatch stopwatch{"switch", micro::operations};
    const auto make = [executor](int) { return yield(executor, micro::operations / 2); };
    co_await gather(executor, 2, make);
    stopwatch.print();
}

Awaitable send_in_turn(Channel& mine, Channel& other, int times)
{
    for (int i = 0; i < times; ++i) {
        co_await mine.async_receive(use);
        other.try_send(error_code{});
    }
}

Awaitable events(Executor executor)
{
    Channel one{executor, 1};
    Channel two{executor, 1};
    one.try_send(error_code{});
    const Stopwatch stopwatch{"event", micro::operations};
    const auto make = [&one, &two](int i) {
        return i == 0 ? send_in_turn(one, two, micro::operations / 2)
                      : send_in_turn(two, one, micro::operations / 2);
    };
    co_await gather(executor, 2, make);
    stopwatch.print();
}

Awaitable lock_often(Executor executor, Channel& token, int times)
{
    for (int i = 0; i < times; ++i) {
        const bool free = token.try_receive([](error_code) {});
        if (!free) {
            co_await token.async_receive(use);
        }
        co_await asio::post(executor, use);
        token.try_send(error_code{});
    }
}

Awaitable lock_that_is_held(Executor executor)
{
    Channel token{executor, 1};
    token.try_send(error_code{});
    const Stopwatch stopwatch{"lock", micro::operations};
    const auto make = [executor, &token](int) {
        return lock_often(executor, token, micro::operations / micro::lockers);
    };
    co_await gather(executor, micro::lockers, make);
    stopwatch.print();
}

Awaitable gather_many(Executor executor)
{
    const Stopwatch stopwatch{"gather", micro::gathered * micro::gathers};
    const auto make = [executor](int) { return yield(executor, 1); };
    for (int i = 0; i < micro::gathers; ++i) {
        co_await gather(executor, micro::gathered, make);
    }
    stopwatch.print();
}

Awaitable add_and_cancel_timers(Executor executor)
{
    const micro::TimerPlan plan;
    Channel all_gone{executor, 1};
    int left = micro::timers - static_cast<int>(plan.cancelled.size());
    std::deque<Timer> timers;
    for (int i = 0; i < micro::timers; ++i) {
        timers.emplace_back(executor);
    }
    const Stopwatch stopwatch{"timer", micro::timers};
    const auto expired = [&left, &all_gone](error_code error) {
        if (!error && --left == 0) {
            all_gone.try_send(error_code{});
        }
    };
    for (std::size_t i = 0; i < timers.size(); ++i) {
        timers[i].expires_after(std::chrono::milliseconds{plan.delays_ms[i]});
        timers[i].async_wait(expired);
    }
    for (const std::size_t i : plan.cancelled) {
        timers[i].cancel();
    }
    stopwatch.print();
    co_await all_gone.async_receive(use);
}

Awaitable sleep(Executor executor, int delay_ms)
{
    Timer timer{executor, std::chrono::milliseconds{delay_ms}};
    co_await timer.async_wait(use);
}

Awaitable sleep_often(Executor executor)
{
    const micro::TimerPlan plan;
    const Stopwatch stopwatch{"sleep", micro::timers};
    const auto make = [executor, &plan](int i) {
        return sleep(executor, plan.delays_ms[static_cast<std::size_t>(i)]);
    };
    co_await gather(executor, micro::timers, make);
    stopwatch.print();
}

Awaitable all(Executor executor)
{
    co_await await_coroutines();
    co_await spawn_and_join(executor);
    co_await switch_between_two(executor);
    co_await events(executor);
    co_await lock_that_is_held(executor);
    co_await gather_many(executor);
    co_await add_and_cancel_timers(executor);
    co_await sleep_often(executor);
}

}  // namespace

int main()
{
    asio::io_context context{1};
    asio::co_spawn(context, all(context.get_executor()), asio::detached);
    context.run();
}
