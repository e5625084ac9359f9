#include "core/inbox.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

namespace asyncio::detail {
namespace {

class Note final : public Message {
public:
    void deliver() noexcept override { ++delivered; }
    void discard() noexcept override { ++discarded; }

    int delivered = 0;
    int discarded = 0;
};

TEST(Inbox, DeliversInOrderAndDiscardsWhatIsThereWhenItCloses)
{
    Inbox inbox;
    Note one;
    Note two;
    EXPECT_TRUE(inbox.post(one));
    inbox.deliver_all();
    EXPECT_EQ(one.delivered, 1);
    EXPECT_TRUE(inbox.post(two));
    inbox.close();
    EXPECT_EQ(two.discarded, 1);
    EXPECT_FALSE(inbox.post(one));
    inbox.close();
    inbox.deliver_all();
    EXPECT_EQ(one.delivered + one.discarded, 1);
}

TEST(Inbox, ThatIsClosedTakesNothingWhileItIsLookedInto)
{
    Inbox inbox;
    inbox.close();
    std::atomic<bool> stop{false};
    int taken = 0;
    std::thread other{[&inbox, &stop, &taken] {
        Note note;
        while (!stop) {
            taken += inbox.post(note) ? 1 : 0;
        }
    }};
    for (int i = 0; i < 200'000; ++i) {
        inbox.deliver_all();
    }
    stop = true;
    other.join();
    EXPECT_EQ(taken, 0);
}

}  // namespace
}  // namespace asyncio::detail
