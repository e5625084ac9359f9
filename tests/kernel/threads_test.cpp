// Other threads and signal handlers that reach the loop, all at once: no wake-up is lost.

#include "support/operations.hpp"

#include <asyncio/loop.hpp>
#include <asyncio/loop_handle.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/thread_safe_flag.hpp>
#include <asyncio/wait_for.hpp>

#include <atomic>
#include <csignal>
#include <gtest/gtest.h>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

namespace asyncio::test {
namespace {

constexpr int producers = 8;
constexpr int calls_each = 5'000;

ThreadSafeFlag* signal_flag = nullptr;
std::atomic<int> signals{0};

extern "C" void set_flag_and_count(int)
{
    ++signals;
    signal_flag->set();
}

/// A handler of SIGUSR2 for the scope, without SA_RESTART: waits end early with EINTR.
class Handler {
public:
    explicit Handler(ThreadSafeFlag& flag)
    {
        signal_flag = &flag;
        signals = 0;
        struct sigaction action{};
        action.sa_handler = set_flag_and_count;
        ::sigaction(SIGUSR2, &action, &before_);
    }
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    ~Handler() { ::sigaction(SIGUSR2, &before_, nullptr); }

private:
    struct sigaction before_{};
};

/// What the calls have brought, on the loop's thread alone: the last call of each producer.
struct Calls {
    std::vector<int> last = std::vector<int>(producers, -1);
    int count = 0;
    int out_of_order = 0;
    ThreadSafeFlag progress;
};

void call_again_and_again(const LoopHandle& loop, Calls& calls, std::size_t producer)
{
    for (int i = 0; i < calls_each; ++i) {
        loop.call_soon_threadsafe([&calls, producer, i] {
            calls.out_of_order += calls.last[producer] == i - 1 ? 0 : 1;
            calls.last[producer] = i;
            ++calls.count;
            calls.progress.set();
        });
    }
}

Coroutine<> until_all_have_called(Calls& calls)
{
    while (calls.count < producers * calls_each) {
        co_await calls.progress.wait();
    }
}

/// Sees each signal's set(): it ends when the last has been counted, and is told by nothing else.
Coroutine<> until_signalled(ThreadSafeFlag& flag, std::atomic<bool>& all_sent)
{
    for (int seen = -1; !all_sent || seen != signals;) {
        co_await flag.wait();
        seen = signals;
    }
}

Coroutine<> both(Calls& calls, ThreadSafeFlag& flag, std::atomic<bool>& all_sent)
{
    const Task<> signalled = create_task(until_signalled(flag, all_sent));
    co_await until_all_have_called(calls);
    co_await signalled;
}

TEST(KernelThreads, LoseNoCallAndNoSetOfEightThreadsInASignalStorm)
{
    Calls calls;
    ThreadSafeFlag flag;
    std::atomic<bool> all_sent{false};
    const Handler handler{flag};
    const LoopHandle loop = get_event_loop().handle();
    const pthread_t loop_thread = ::pthread_self();
    std::vector<std::thread> threads;
    for (std::size_t producer = 0; producer < producers; ++producer) {
        threads.emplace_back([&, producer] { call_again_and_again(loop, calls, producer); });
    }
    std::thread storm{[&] {
        for (int i = 0; i < 5'000; ++i) {
            ::pthread_kill(loop_thread, SIGUSR2);
            ::pthread_kill(threads[static_cast<std::size_t>(i) % producers].native_handle(),
                           SIGUSR2);
        }
        for (std::thread& thread : threads) {
            thread.join();  // Then none of their signals is pending.
        }
        all_sent = true;
        ::pthread_kill(loop_thread, SIGUSR2);
    }};
    EXPECT_NO_THROW(run(wait_for(both(calls, flag, all_sent), 60)));
    storm.join();
    EXPECT_EQ(calls.count, producers * calls_each);
    EXPECT_EQ(calls.out_of_order, 0);
}

class Threads : public OnEachBackend {};

INSTANTIATE_TEST_SUITE_P(KernelThreads, Threads, each_backend(), name_of_backend);

/// The thread sanitizer has to see the order too.
TEST_P(Threads, AreOrderedByWhatTheySendEachOther)
{
    int shared = 0;  // Not atomic: whoever has received the byte may look.
    const Pair pair;
    std::thread sender{[&pair, &shared] {
        const SmallLoop loop{GetParam()};
        std::byte byte{};
        const auto send = make_ref<Probe>(Operation::Kind::send, pair.one.get());
        send->buffer = &byte;
        send->length = 1;
        shared = 42;
        send->start();
        work_until([&send] { return send->ended; });
    }};
    {
        const SmallLoop loop{GetParam()};
        const auto receive = make_ref<Probe>(Operation::Kind::receive, pair.other.get());
        receive->start();
        work_until([&receive] { return receive->ended; });
        EXPECT_EQ(shared, 42);
    }
    sender.join();
}

}  // namespace
}  // namespace asyncio::test
