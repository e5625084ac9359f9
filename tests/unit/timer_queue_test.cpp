#include "core/timer_queue.hpp"

#include "support/sanitizer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <new>
#include <random>
#include <vector>

namespace {

bool out_of_memory = false;  // For those who ask with std::nothrow.

}  // namespace

#if !UNDER_SANITIZER
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept
{
    return out_of_memory ? nullptr : std::malloc(size);
}
#endif

namespace asyncio::detail {
namespace {

using namespace std::chrono_literals;

/// Notes its number when it expires, and may arm itself or another, or disarm another, then.
class Alarm final : public Timer {
public:
    Alarm(int number, std::vector<int>& expired) : number_{number}, expired_{expired} {}

    void expire() noexcept override
    {
        expired_.push_back(number_);
        if (again_in != nullptr) {
            again_in->add(*this, again_at, Time::zero());
        }
        if (disarms != nullptr) {
            disarms->disarm();
        }
    }

    TimerQueue* again_in = nullptr;
    Time again_at{};
    Timer* disarms = nullptr;

private:
    int number_;
    std::vector<int>& expired_;
};

TEST(TimerQueue, ExpiresWhatIsDueByDeadlineAndAmongEqualsInTheOrderOfArming)
{
    std::vector<int> expired;
    TimerQueue queue;
    Alarm first{1, expired};
    Alarm second{2, expired};
    Alarm third{3, expired};
    Alarm later{4, expired};
    queue.add(second, 20ns, 0ns);
    queue.add(third, 20ns, 0ns);
    queue.add(later, 21ns, 0ns);
    queue.add(first, 10ns, 0ns);
    EXPECT_EQ(queue.first(), 10ns);
    queue.expire(9ns);
    EXPECT_TRUE(expired.empty());
    queue.expire(20ns);
    EXPECT_EQ(expired, (std::vector{1, 2, 3}));
    EXPECT_TRUE(later.armed());
    EXPECT_FALSE(first.armed());
    later.disarm();
    EXPECT_TRUE(queue.empty());
}

TEST(TimerQueue, LeavesWhatIsArmedByAnExpiryToTheNextTime)
{
    std::vector<int> expired;
    TimerQueue queue;
    Alarm again{1, expired};
    Alarm other{2, expired};
    again.again_in = &queue;
    again.again_at = 10ns;
    queue.add(again, 10ns, 0ns);
    queue.add(other, 10ns, 0ns);
    queue.expire(10ns);
    EXPECT_EQ(expired, (std::vector{1, 2}));
    again.again_in = nullptr;
    queue.expire(10ns);
    EXPECT_EQ(expired, (std::vector{1, 2, 1}));
}

TEST(TimerQueue, NeverExpiresWhatAnEarlierExpiryDisarmed)
{
    std::vector<int> expired;
    TimerQueue queue;
    Alarm first{1, expired};
    Alarm second{2, expired};
    first.disarms = &second;
    queue.add(first, 10ns, 0ns);
    queue.add(second, 10ns, 0ns);
    queue.expire(10ns);
    EXPECT_EQ(expired, std::vector{1});
    EXPECT_TRUE(queue.empty());
}

TEST(TimerQueue, LetsGoOfATimerThatIsDestroyedAndOfAllWhenItIsDestroyedItself)
{
    std::vector<int> expired;
    Alarm survivor{1, expired};
    {
        TimerQueue queue;
        queue.add(survivor, 10ns, 0ns);
        {
            Alarm brief{2, expired};
            queue.add(brief, 5ns, 0ns);
            EXPECT_EQ(queue.first(), 5ns);
        }
        EXPECT_EQ(queue.first(), 10ns);
    }
    EXPECT_FALSE(survivor.armed());
}

/// The queue beside a std::multimap, which keeps equal keys in the order of insertion.
class Model {
public:
    /// `alarms`: so many at most are armed, about half of them. `bits`: how far ahead, about 2^bits
    /// ns.
    Model(unsigned seed, int alarms, unsigned bits) : random_{seed}, bits_{bits}
    {
        for (int i = 0; i < alarms; ++i) {
            alarms_.push_back(std::make_unique<Alarm>(i, expired_));
        }
    }

    void step()
    {
        const std::size_t i = random_() % alarms_.size();
        Alarm& alarm = *alarms_[i];
        if (alarm.armed()) {
            alarm.disarm();
            forget(static_cast<int>(i));
        } else {
            const Time deadline = now_ + some_time(bits_);
            queue_.add(alarm, deadline, now_);
            armed_.emplace(deadline, static_cast<int>(i));
        }
        if (random_() % 8 == 0) {
            pass(some_time(bits_ - 1 - static_cast<unsigned>(random_() % (bits_ / 2))));
        }
        EXPECT_EQ(queue_.empty(), armed_.empty());
        if (!armed_.empty()) {
            EXPECT_EQ(queue_.first(), armed_.begin()->first);
        }
    }

    void pass(Time time)
    {
        now_ += time;
        std::vector<int> expected;
        while (!armed_.empty() && armed_.begin()->first <= now_) {
            expected.push_back(armed_.begin()->second);
            armed_.erase(armed_.begin());
        }
        expired_.clear();
        queue_.expire(now_);
        EXPECT_EQ(expired_, expected);
    }

private:
    /// Up to 2^bits ns, and every now and then a round number of them, so that some are equal.
    Time some_time(unsigned bits)
    {
        const auto time = static_cast<Time::rep>(random_() & ((std::uint64_t{1} << bits) - 1));
        return Time{random_() % 4 == 0 ? time >> (bits - 3) << (bits - 3) : time};
    }

    void forget(int number)
    {
        std::erase_if(armed_, [number](const auto& entry) { return entry.second == number; });
    }

    std::mt19937_64 random_;
    unsigned bits_;
    Time now_{};
    TimerQueue queue_;
    std::vector<int> expired_;
    std::vector<std::unique_ptr<Alarm>> alarms_;
    std::multimap<Time, int> armed_;
};

void compare_with_a_multimap(int alarms, unsigned bits, unsigned seeds = 10, int steps = 5'000)
{
    for (unsigned seed = 1; seed <= seeds; ++seed) {
        Model model{seed, alarms, bits};
        for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
            model.step();
        }
        model.pass(Time{Time::rep{1} << (bits + 1)});
        EXPECT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
    }
}

TEST(TimerQueue, BehavesAsAMultimapWhateverHappensInWhateverOrder)
{
    compare_with_a_multimap(40, 6);
    compare_with_a_multimap(200, 6);
}

TEST(TimerQueue, DoesSoOverEveryLevelOfTheWheel)
{
    for (const unsigned bits : {22U, 25U, 28U, 34U, 40U, 46U}) {
        compare_with_a_multimap(1'000, bits);
    }
}

TEST(TimerQueue, DoesSoWhenPlacesAreTakenBack) { compare_with_a_multimap(1'000, 40, 2, 50'000); }

TEST(TimerQueue, LetsGoOfThoseInTheWheelToo)
{
    std::vector<int> expired;
    std::vector<std::unique_ptr<Alarm>> alarms;
    {
        TimerQueue queue;
        for (int i = 0; i < 1'000; ++i) {
            alarms.push_back(std::make_unique<Alarm>(i, expired));
            queue.add(*alarms.back(), std::chrono::milliseconds{1 + i * 50}, 0ns);
        }
        EXPECT_EQ(queue.size(), 1'000U);
        alarms[900].reset();
        alarms[901]->disarm();
        EXPECT_EQ(queue.size(), 998U);
    }
    EXPECT_FALSE(alarms[999]->armed());
}

/// Many timers of up to half a second from `now` on.
class Crowd {
public:
    Crowd(TimerQueue& queue, Time now)
    {
        for (int i = 0; i < 2'000; ++i) {
            alarms_.push_back(std::make_unique<Alarm>(i, expired_));
            queue.add(*alarms_.back(), now + std::chrono::milliseconds{2 + i % 499}, now);
        }
    }

private:
    std::vector<int> expired_;
    std::vector<std::unique_ptr<Alarm>> alarms_;
};

TEST(TimerQueue, KeepsFewOfManyInTheHeap)
{
    for (const Time now : {Time{0}, Time{1h}, Time{(Time::rep{1} << 44) - 1'000'000'000}}) {
        TimerQueue queue;
        const Crowd crowd{queue, now};
        EXPECT_EQ(queue.near(), TimerQueue::many);
    }
}

TEST(TimerQueue, KeepsFewInTheHeapWhenOthersNeverEnd)
{
    std::vector<int> expired;
    std::vector<std::unique_ptr<Alarm>> endless;
    TimerQueue queue;
    for (int i = 0; i < 64; ++i) {
        endless.push_back(std::make_unique<Alarm>(i, expired));
        queue.add(*endless.back(), Time::max(), 0ns);
    }
    const Crowd crowd{queue, 0ns};
    EXPECT_EQ(queue.near(), 64U);
}

TEST(TimerQueue, KeepsFewInTheHeapAfterAMomentWithNothingNear)
{
    std::vector<int> expired;
    std::vector<std::unique_ptr<Alarm>> far;
    TimerQueue queue;
    for (int i = 0; i < 1'000; ++i) {
        far.push_back(std::make_unique<Alarm>(i, expired));
        queue.add(*far.back(), 1h + std::chrono::milliseconds{i}, 0ns);
    }
    for (int i = 0; i < 64; ++i) {
        far[static_cast<std::size_t>(i)]->disarm();
    }
    EXPECT_EQ(queue.first(), 1h + 64ms);  // It has looked an hour ahead.
    for (int i = 0; i < 64; ++i) {
        queue.add(*far[static_cast<std::size_t>(i)], 1h, 0ns);
    }
    const Crowd crowd{queue, 0ns};
    EXPECT_LE(queue.near(), TimerQueue::many + 1 + far.size() / 16);
    EXPECT_EQ(queue.first(), 2ms);
}

TEST(TimerQueue, IsNotSetBackForEachShortTimerThatIsDisarmedEarly)
{
    std::vector<int> expired;
    std::vector<std::unique_ptr<Alarm>> far;
    TimerQueue queue;
    constexpr int crowd = 10'000;
    for (int i = 0; i < crowd; ++i) {
        far.push_back(std::make_unique<Alarm>(i, expired));
        queue.add(*far.back(), 1min + i * 10ms, 0ns);
    }
    // Set back, the wheel would take the timer; that touches all of them.
    int in_the_heap = 0;
    Alarm brief{crowd, expired};
    for (int i = 0; i < crowd; ++i) {
        const Time deadline = 1s - i * 50us;
        const std::size_t before = queue.near();
        queue.add(brief, deadline, 0ns);
        in_the_heap += queue.near() > before ? 1 : 0;
        EXPECT_EQ(queue.first(), deadline);  // It has looked as far ahead.
        brief.disarm();
        EXPECT_GE(queue.first(), 1min);
    }
    EXPECT_GT(in_the_heap, crowd * 9 / 10);
    EXPECT_TRUE(expired.empty());
}

TEST(TimerWheel, PoursItsFirstSlotIntoTheHeap)
{
    std::vector<int> expired;
    TimerHeap heap;
    TimerWheel wheel{heap};
    wheel.begin_at(1s);
    EXPECT_FALSE(wheel.accepts(998ms));
    EXPECT_TRUE(wheel.accepts(1s));
    EXPECT_TRUE(wheel.accepts(Time::max()));

    TimerQueue queue;  // Sets the deadlines.
    std::vector<std::unique_ptr<Alarm>> alarms;
    for (const Time deadline : {Time{1s + 700ms}, Time{1s + 5ms}, Time{2h}, Time{1s + 5ms}}) {
        alarms.push_back(std::make_unique<Alarm>(0, expired));
        queue.add(*alarms.back(), deadline, 1s);
        alarms.back()->disarm();
        wheel.add(*alarms.back());
    }
    EXPECT_EQ(wheel.size(), 4U);
    EXPECT_LE(wheel.first_slot(), 1s + 5ms);
    EXPECT_GT(wheel.first_slot(), 1s);
    wheel.pour();
    EXPECT_EQ(wheel.size(), 2U);
    EXPECT_EQ(heap.size(), 2U);
    EXPECT_FALSE(wheel.accepts(1s + 5ms));
    wheel.pour();
    EXPECT_EQ(heap.size(), 3U);
    EXPECT_LE(wheel.first_slot(), 2h);
    EXPECT_GT(wheel.first_slot(), 2h - 4400s);  // A slot of level 3 is 4,398 s.
    EXPECT_TRUE(wheel.ahead_of(1s));
    EXPECT_FALSE(wheel.ahead_of(1s + 700ms));
    wheel.begin_at(1s);
    EXPECT_TRUE(wheel.accepts(1s + 5ms));
    EXPECT_EQ(wheel.size(), 1U);
}

TEST(TimerWheel, TakesBackThePlacesOfTimersThatAreGone)
{
    std::vector<int> expired;
    TimerQueue queue;
    const Crowd crowd{queue, 0ns};
    std::size_t most = 0;
    for (int i = 0; i < 200'000; ++i) {
        Alarm brief{-1, expired};
        queue.add(brief, 1s + i * 1us, 0ns);
        most = std::max(most, queue.places());
    }
    EXPECT_GT(most, 10'000U);
    EXPECT_LE(most, 4096U + 8 * queue.size() + 1);
    EXPECT_EQ(queue.size(), 2'000U);
    queue.expire(2s);
    EXPECT_TRUE(queue.empty());
    EXPECT_TRUE(expired.empty());
}

TEST(TimerWheel, LeavesToTheHeapWhatItHasNoMemoryFor)
{
    if (UNDER_SANITIZER != 0) {
        GTEST_SKIP() << "the sanitizer has its own operator new";
    }
    std::vector<int> expired;
    std::vector<std::unique_ptr<Alarm>> alarms;
    TimerQueue queue;
    for (int i = 0; i < 10'000; ++i) {
        alarms.push_back(std::make_unique<Alarm>(i, expired));
    }
    // From the thousandth on: also what was added before must be moved, level by level.
    for (int i = 0; i < 10'000; ++i) {
        out_of_memory = i >= 1'000;
        queue.add(*alarms[static_cast<std::size_t>(i)], 1h + i * 10ms, 0ns);
    }
    EXPECT_GT(queue.near(), 8'000U);
    queue.expire(1h + 10'000 * 10ms);
    out_of_memory = false;
    EXPECT_TRUE(queue.empty());
    ASSERT_EQ(expired.size(), 10'000U);
    EXPECT_TRUE(std::is_sorted(expired.begin(), expired.end()));
}

}  // namespace
}  // namespace asyncio::detail
