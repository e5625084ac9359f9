// The accept operation on each backend.

#include "support/operations.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <poll.h>

using namespace std::chrono_literals;

namespace asyncio::test {
namespace {

/// Does a connection wait there?
bool is_readable(const Descriptor& descriptor)
{
    pollfd entry{descriptor.get(), POLLIN, 0};
    return ::poll(&entry, 1, 1000) == 1;
}

class Accept : public OnEachBackend {};

INSTANTIATE_TEST_SUITE_P(, Accept, each_backend(), name_of_backend);

TEST_P(Accept, ThatIsCancelledAtOnceTakesNoConnectionOfTheNextSocketWithItsNumber)
{
    const SmallLoop loop{GetParam()};
    for (const bool once : {false, true}) {
        Descriptor first = std::move(Listener{}.descriptor);
        const int number = first.get();
        const auto accept = make_ref<Probe>(Operation::Kind::accept, number);
        accept->once = once;
        accept->start();
        SmallLoop::backend().cancel(*accept);
        first.close();

        const Listener next;
        ASSERT_EQ(next.descriptor.get(), number);
        const Descriptor client = next.connect();
        work_until([&accept] { return accept->ended; });
        EXPECT_EQ(accept->results, std::vector<int>{-ECANCELED});
        EXPECT_TRUE(is_readable(next.descriptor));
    }
}

/// Outside of a running loop nothing else would hand the cancel over, and where the kernel
/// completes operations at any call (COOP_TASKRUN) the socket would go on accepting.
TEST_P(Accept, ThatIsCancelledAndSubmittedLeavesConnectionsToOthers)
{
    const SmallLoop loop{GetParam()};
    const Listener listener;
    const auto accept = make_ref<Probe>(Operation::Kind::accept, listener.descriptor.get());
    accept->start();
    SmallLoop::backend().wait(Time::min());
    SmallLoop::backend().cancel(*accept);
    SmallLoop::backend().submit();
    const Descriptor client = listener.connect();
    work_until([&accept] { return accept->ended; });
    EXPECT_EQ(accept->results, std::vector<int>{-ECANCELED});
    EXPECT_TRUE(is_readable(listener.descriptor));
}

TEST_P(Accept, TakesOneConnectionIfOnlyOneIsWanted)
{
    const SmallLoop loop{GetParam()};
    const Listener listener;
    const Descriptor one = listener.connect();
    const Descriptor two = listener.connect();
    const auto accept = make_ref<Probe>(Operation::Kind::accept, listener.descriptor.get());
    accept->once = true;
    accept->start();
    work_until([&accept] { return accept->ended; });
    turn(20ms);
    ASSERT_EQ(accept->results.size(), 1U);
    const Descriptor accepted{accept->results.front()};
    EXPECT_TRUE(is_readable(listener.descriptor));
}

}  // namespace
}  // namespace asyncio::test
