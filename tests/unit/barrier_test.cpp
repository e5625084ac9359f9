#include <asyncio/barrier.hpp>

#include <asyncio/detail/awaitable.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace asyncio::test {
namespace {

using Trace = std::vector<std::string>;

Coroutine<> party(Barrier& barrier, Trace& trace, std::string name)
{
    try {
        const std::size_t index = co_await barrier.wait();
        trace.push_back(name + " " + std::to_string(index));
    } catch (const BrokenBarrierError&) {
        trace.push_back(name + " broken");
    } catch (const CancelledError&) {
        trace.push_back(name + " cancelled");
        throw;
    }
}

TEST(Barrier, LetsAllGoWhenTheLastComesAgainAndAgain)
{
    Trace trace;
    Barrier barrier{2};
    VirtualLoop loop;
    EXPECT_EQ(barrier.parties(), 2U);
    for (int round = 0; round < 2; ++round) {
        trace.clear();
        loop.create_task(party(barrier, trace, "ann"));
        loop.run_until_idle();
        EXPECT_EQ(barrier.n_waiting(), 1U);
        EXPECT_TRUE(trace.empty());
        loop.create_task(party(barrier, trace, "bob"));
        loop.run_until_idle();
        EXPECT_EQ(barrier.n_waiting(), 0U);
        EXPECT_EQ(trace, (Trace{"bob 1", "ann 0"}));  // The last one does not yield.
    }
}

TEST(Barrier, OfOneNeverWaits)
{
    Barrier barrier{1};
    VirtualLoop loop;
    EXPECT_EQ(loop.run(detail::as_coroutine(barrier.wait())), 0U);
    EXPECT_THROW(Barrier{0}, std::invalid_argument);
}

TEST(Barrier, ThoseWhoComeWhileOthersLeaveBeginTheNextRound)
{
    Trace trace;
    Barrier barrier{2};
    VirtualLoop loop;
    for (const char* name : {"ann", "bob", "cid", "dan"}) {
        loop.create_task(party(barrier, trace, name));
    }
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"bob 1", "dan 1", "ann 0", "cid 0"}));
}

TEST(Barrier, ACancelledPartyIsMissing)
{
    Trace trace;
    Barrier barrier{2};
    VirtualLoop loop;
    Task<> ann = loop.create_task(party(barrier, trace, "ann"));
    loop.run_until_idle();
    ann.cancel();
    EXPECT_EQ(barrier.n_waiting(), 0U);
    loop.create_task(party(barrier, trace, "bob"));
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"ann cancelled"});
    loop.create_task(party(barrier, trace, "cid"));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann cancelled", "cid 1", "bob 0"}));
}

TEST(Barrier, APartyThatIsCancelledOnItsWayOutHasCounted)
{
    Trace trace;
    Barrier barrier{2};
    VirtualLoop loop;
    Task<> ann = loop.create_task(party(barrier, trace, "ann"));
    loop.run_until_idle();
    loop.run(party(barrier, trace, "bob"));
    ann.cancel();
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"bob 1", "ann cancelled"}));
    EXPECT_EQ(barrier.n_waiting(), 0U);
}

TEST(Barrier, AbortBreaksItUntilReset)
{
    Trace trace;
    Barrier barrier{2};
    VirtualLoop loop;
    loop.create_task(party(barrier, trace, "ann"));
    loop.run_until_idle();
    barrier.abort();
    EXPECT_TRUE(barrier.broken());
    loop.create_task(party(barrier, trace, "bob"));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"ann broken", "bob broken"}));
    barrier.reset();
    EXPECT_FALSE(barrier.broken());
    loop.create_task(party(barrier, trace, "cid"));
    loop.create_task(party(barrier, trace, "dan"));
    loop.run_until_idle();
    EXPECT_EQ(trace.size(), 4U);
    EXPECT_EQ(trace.back(), "cid 0");
}

TEST(Barrier, ResetSendsThoseWhoWaitAway)
{
    Trace trace;
    Barrier barrier{2};
    VirtualLoop loop;
    loop.create_task(party(barrier, trace, "ann"));
    loop.run_until_idle();
    barrier.reset();
    EXPECT_EQ(barrier.n_waiting(), 0U);
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"ann broken"});
}

TEST(Barrier, ADroppedPartyIsMissing)
{
    Trace trace;
    Barrier barrier{2};
    {
        VirtualLoop loop;
        loop.create_task(party(barrier, trace, "ann"));
        loop.run_until_idle();
        EXPECT_EQ(barrier.n_waiting(), 1U);
    }
    EXPECT_EQ(barrier.n_waiting(), 0U);
}

}  // namespace
}  // namespace asyncio::test
