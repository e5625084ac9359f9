#include "core/timer_heap.hpp"

#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>
#include <vector>

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
            again_in->add(*this, again_at);
        }
        if (disarms != nullptr) {
            disarms->disarm();
        }
    }

    TimerHeap* again_in = nullptr;
    Time again_at{};
    Timer* disarms = nullptr;

private:
    int number_;
    std::vector<int>& expired_;
};

TEST(TimerHeap, ExpiresWhatIsDueByDeadlineAndAmongEqualsInTheOrderOfArming)
{
    std::vector<int> expired;
    TimerHeap heap;
    Alarm first{1, expired};
    Alarm second{2, expired};
    Alarm third{3, expired};
    Alarm later{4, expired};
    heap.add(second, 20ns);
    heap.add(third, 20ns);
    heap.add(later, 21ns);
    heap.add(first, 10ns);
    EXPECT_EQ(heap.first(), 10ns);
    heap.expire(9ns);
    EXPECT_TRUE(expired.empty());
    heap.expire(20ns);
    EXPECT_EQ(expired, (std::vector{1, 2, 3}));
    EXPECT_TRUE(later.armed());
    EXPECT_FALSE(first.armed());
    later.disarm();
    EXPECT_TRUE(heap.empty());
}

TEST(TimerHeap, LeavesWhatIsArmedByAnExpiryToTheNextTime)
{
    std::vector<int> expired;
    TimerHeap heap;
    Alarm again{1, expired};
    Alarm other{2, expired};
    again.again_in = &heap;
    again.again_at = 10ns;
    heap.add(again, 10ns);
    heap.add(other, 10ns);
    heap.expire(10ns);
    EXPECT_EQ(expired, (std::vector{1, 2}));
    again.again_in = nullptr;
    heap.expire(10ns);
    EXPECT_EQ(expired, (std::vector{1, 2, 1}));
}

TEST(TimerHeap, NeverExpiresWhatAnEarlierExpiryDisarmed)
{
    std::vector<int> expired;
    TimerHeap heap;
    Alarm first{1, expired};
    Alarm second{2, expired};
    first.disarms = &second;
    heap.add(first, 10ns);
    heap.add(second, 10ns);
    heap.expire(10ns);
    EXPECT_EQ(expired, std::vector{1});
    EXPECT_TRUE(heap.empty());
}

TEST(TimerHeap, LetsGoOfATimerThatIsDestroyedAndOfAllWhenItIsDestroyedItself)
{
    std::vector<int> expired;
    Alarm survivor{1, expired};
    {
        TimerHeap heap;
        heap.add(survivor, 10ns);
        {
            Alarm brief{2, expired};
            heap.add(brief, 5ns);
            EXPECT_EQ(heap.first(), 5ns);
        }
        EXPECT_EQ(heap.first(), 10ns);
    }
    EXPECT_FALSE(survivor.armed());
}

/// The heap beside a std::multimap, which keeps equal keys in the order of insertion.
class Model {
public:
    explicit Model(unsigned seed) : random_{seed}
    {
        for (int i = 0; i < 200; ++i) {
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
            const Time deadline = now_ + Time{static_cast<Time::rep>(random_() % 64)};
            heap_.add(alarm, deadline);
            armed_.emplace(deadline, static_cast<int>(i));
        }
        if (random_() % 8 == 0) {
            pass(Time{static_cast<Time::rep>(random_() % 32)});
        }
        EXPECT_EQ(heap_.empty(), armed_.empty());
        if (!armed_.empty()) {
            EXPECT_EQ(heap_.first(), armed_.begin()->first);
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
        heap_.expire(now_);
        EXPECT_EQ(expired_, expected);
    }

private:
    void forget(int number)
    {
        std::erase_if(armed_, [number](const auto& entry) { return entry.second == number; });
    }

    std::mt19937 random_;
    Time now_{};
    TimerHeap heap_;
    std::vector<int> expired_;
    std::vector<std::unique_ptr<Alarm>> alarms_;
    std::multimap<Time, int> armed_;
};

TEST(TimerHeap, BehavesAsAMultimapWhateverHappensInWhateverOrder)
{
    for (unsigned seed = 1; seed <= 20; ++seed) {
        Model model{seed};
        for (int i = 0; i < 5'000 && !testing::Test::HasFailure(); ++i) {
            model.step();
        }
        model.pass(1h);
        EXPECT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace asyncio::detail
