#include <asyncio/to_thread.hpp>

#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

/// A gate for threads: blocks in pass() until open().
class Gate {
public:
    void open() { opened_.set_value(); }
    void pass() { future_.wait(); }

private:
    std::promise<void> opened_;
    std::shared_future<void> future_ = opened_.get_future().share();
};

/// Says in which thread it died.
class Witness {
public:
    explicit Witness(std::promise<std::thread::id>* grave) : grave_{grave} {}
    Witness(Witness&& other) noexcept : grave_{std::exchange(other.grave_, nullptr)} {}
    Witness& operator=(Witness&&) = delete;
    ~Witness()
    {
        if (grave_ != nullptr) {
            grave_->set_value(std::this_thread::get_id());
        }
    }

private:
    std::promise<std::thread::id>* grave_;
};

std::string join(const std::string& a, std::unique_ptr<std::string> b) { return a + *b; }

TEST(ToThread, GivesTheResultOfACallOnAnotherThread)
{
    VirtualLoop loop;
    EXPECT_NE(loop.run(to_thread(std::this_thread::get_id)), std::this_thread::get_id());
    EXPECT_EQ(loop.run(to_thread(join, std::string{"a"}, std::make_unique<std::string>("b"))),
              "ab");
    bool called = false;
    loop.run(to_thread([&called] { called = true; }));
    EXPECT_TRUE(called);
    EXPECT_EQ(loop.operations(), 0U);  // It listens only while there is something to come.
}

TEST(ToThread, PassesTheExceptionOn)
{
    VirtualLoop loop;
    const auto fail = []() -> int { throw std::runtime_error{"no lamp"}; };
    EXPECT_THROW(loop.run(to_thread(fail)), std::runtime_error);
}

TEST(ToThread, OtherTasksRunMeanwhile)
{
    VirtualLoop loop;
    Gate gate;
    Task<> blocked = loop.create_task(to_thread([&gate] { gate.pass(); }));
    loop.run_until_idle();
    EXPECT_FALSE(blocked.done());
    const auto open = [](Gate* closed) -> Coroutine<> {
        co_await sleep_ms(0);
        closed->open();
    };
    loop.run(open(&gate));
    loop.loop().run_until_complete(blocked);
}

TEST(ToThread, ACancelledCallerGoesOnAtOnceAndTheResultIsDroppedHere)
{
    VirtualLoop loop;
    Gate gate;
    std::promise<std::thread::id> grave;
    Gate begun;
    const auto work = [](Gate* closed, Gate* beginning, Witness witness) -> Witness {
        beginning->open();
        closed->pass();
        return witness;
    };
    auto task = loop.create_task(to_thread(work, &gate, &begun, Witness{&grave}));
    loop.run_until_idle();
    begun.pass();
    task.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(task.cancelled());
    gate.open();
    auto died = grave.get_future();
    while (died.wait_for(0s) != std::future_status::ready) {
        loop.run_until_idle();
    }
    EXPECT_EQ(died.get(), std::this_thread::get_id());
}

TEST(ToThread, ALoopThatClosesMeanwhileIsNoTrouble)
{
    Gate gate;
    Gate begun;
    std::promise<std::thread::id> grave;
    const auto work = [](Gate* closed, Gate* beginning, Witness witness) -> Witness {
        beginning->open();
        closed->pass();
        return witness;
    };
    {
        VirtualLoop loop;
        loop.create_task(to_thread(work, &gate, &begun, Witness{&grave}));
        loop.run_until_idle();
        begun.pass();
    }
    gate.open();
    EXPECT_NE(grave.get_future().get(), std::this_thread::get_id());
}

TEST(ToThread, ACallThatHasNotBegunDoesNotBeginWhenItsCallerIsCancelled)
{
    VirtualLoop loop;
    // Shared with the threads, which may leave the gate after the test has ended.
    const auto gate = std::make_shared<Gate>();
    const auto begun = std::make_shared<std::atomic<int>>(0);
    std::vector<Task<>> tasks;
    const auto work = [](std::shared_ptr<Gate> closed, std::shared_ptr<std::atomic<int>> count) {
        ++*count;
        closed->pass();
    };
    for (int i = 0; i < 40; ++i) {  // More than there are threads.
        tasks.push_back(loop.create_task(to_thread(work, gate, begun)));
    }
    loop.run_until_idle();
    for (Task<>& task : tasks) {
        task.cancel();
    }
    loop.run_until_idle();
    gate->open();
    const auto drain = []() -> Coroutine<> {
        for (int i = 0; i < 40; ++i) {
            co_await to_thread([] {});
        }
    };
    loop.run(drain());
    EXPECT_LE(*begun, 36);
}

TEST(ToThread, ManyAtOnceOnTheRealLoop)
{
    const auto square = [](int n) { return n * n; };
    const auto main = [](auto function) -> Coroutine<int> {
        std::vector<Task<int>> tasks;
        for (int i = 0; i < 200; ++i) {
            tasks.push_back(create_task(to_thread(function, i)));
        }
        int sum = 0;
        for (const Task<int>& task : tasks) {
            const int value = co_await task;
            sum += value;
        }
        co_return sum;
    };
    try {
        new_event_loop();
    } catch (const std::system_error& error) {
        GTEST_SKIP() << error.what();
    }
    EXPECT_EQ(run(main(square)), 199 * 200 * 399 / 6);
}

}  // namespace
}  // namespace asyncio::test
