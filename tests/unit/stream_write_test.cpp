#include "support/streams.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;
using Trace = std::vector<std::string>;

TEST(StreamWrite, FlowsWithoutDrain)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.write("one ");
    ends.client.write(std::as_bytes(std::span{"two", 3}));
    ends.client.write("");
    EXPECT_EQ(loop.run(ends.server.readexactly(7)), "one two");
    EXPECT_EQ(ends.client.get_write_buffer_size(), 0U);
    EXPECT_EQ(loop.operations(), 0U);
}

TEST(StreamWrite, AfterCloseThrows)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.close();
    const std::string end = thrown([&] { ends.client.write("late"); });
    EXPECT_TRUE(starts_with(end, "OSError 9 cannot write to '127.0.0.1:")) << end;
    loop.run_until_idle();
    EXPECT_EQ(thrown([&] { ends.client.write("late"); }), end);
}

TEST(StreamWrite, ErrorsComeFromDrainAndFromEveryLaterWrite)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    loop.fail("send", EPIPE);
    ends.client.write("lost");
    loop.run_until_idle();

    for (int i = 0; i < 2; ++i) {
        const std::string end = loop.run(thrown_by(ends.client.drain()));
        EXPECT_TRUE(starts_with(end, "OSError 32 cannot write to '127.0.0.1:")) << end;
        EXPECT_EQ(thrown([&] { ends.client.write("more"); }), end);
        EXPECT_EQ(thrown([&] { ends.client.write_eof(); }), end);
    }
    EXPECT_EQ(loop.run(thrown_by(ends.client.wait_closed())), "nothing");
}

TEST(StreamWrite, ErrorsEndATaskThatDrains)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    Trace trace;
    ends.client.write(std::string(1'000'000, 'x'));
    loop.create_task(trace_end(trace, ends.client.drain()));
    loop.run_until_idle();
    EXPECT_TRUE(trace.empty());

    ends.server.abort();
    loop.run_until_idle();
    ASSERT_EQ(trace.size(), 1U);
    EXPECT_TRUE(starts_with(trace.front(), "OSError 104 ")) << trace.front();
}

TEST(StreamWrite, ErrorsEndATaskThatReadsTheAnswer)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    Trace trace;
    loop.create_task(trace_end(trace, ends.client.readline()));
    loop.run_until_idle();
    loop.fail("send", ENOBUFS);
    ends.client.write("question\n");
    loop.run_until_idle();
    const std::string where = "'" + ends.client.get_extra_info("peername").value() + "'";
    EXPECT_EQ(trace,
              Trace{"OSError 105 cannot read from " + where + ": No buffer space available"});
}

TEST(StreamWrite, ErrorsAreNoCleanEndForAReadThatComesLater)
{
    for (const int error : {ENETUNREACH, EHOSTDOWN, ECONNRESET, ENOBUFS}) {
        VirtualLoop loop;
        Ends ends = loop.run(connect_ends());
        EXPECT_EQ(loop.run(thrown_by(wait_for_ms(ends.client.read(10), 10))), "TimeoutError");
        loop.fail("send", error);
        ends.client.write("question\n");
        loop.run_until_idle();
        ends.server.close();
        loop.run_until_idle();
        const std::string end = loop.run(thrown_by(ends.client.read(10)));
        EXPECT_TRUE(starts_with(end, "OSError " + std::to_string(error) + " ")) << end;
    }
}

TEST(StreamWrite, ThatFindsNobodyListeningLeavesWhatWasSaidBefore)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    Trace trace;
    loop.create_task(trace_end(trace, ends.client.readexactly(3)));
    loop.run_until_idle();
    loop.fail("send", EPIPE);
    ends.client.write("question\n");
    loop.run_until_idle();
    EXPECT_TRUE(trace.empty());
    ends.server.write("abc");
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"nothing"});
}

TEST(StreamWrite, IsTriedAgainWhenTheKernelSaysSo)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    loop.fail("send", EINTR);
    loop.fail("send", EAGAIN);
    ends.client.write("abc");
    EXPECT_EQ(loop.run(ends.server.readexactly(3)), "abc");
}

Coroutine<> trace_turns(Trace& trace, std::string name, int turns)
{
    for (int i = 0; i < turns; ++i) {
        trace.push_back(name);
        co_await sleep_ms(0);
    }
}

Coroutine<> drain_between(Trace& trace, Stream stream)
{
    trace.push_back("before");
    co_await stream.drain();
    trace.push_back("after");
}

TEST(StreamDrain, LetsOtherTasksRunOnceEvenIfThereIsNothingToSend)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    Trace trace;
    loop.create_task(drain_between(trace, ends.client));
    loop.create_task(trace_turns(trace, "other", 2));
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"before", "other", "after", "other"}));
}

TEST(StreamDrain, WaitsFromAboveTheHighWaterMarkToTheLowOne)
{
    VirtualLoop loop{3};
    Ends ends = loop.run(connect_ends());
    Trace trace;
    ends.client.write(std::string(64 * 1024 + Stream::high_water, 'x'));  // 64 KiB fit the network.
    loop.run_until_idle();
    loop.create_task(trace_end(trace, ends.client.drain()));
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"nothing"});  // Not above it.

    ends.client.write("x");
    loop.create_task(trace_end(trace, ends.client.drain()));
    std::size_t read = 0;
    while (ends.client.get_write_buffer_size() > Stream::low_water) {
        EXPECT_EQ(trace.size(), 1U);
        read += loop.run(ends.server.read(1000)).size();
        loop.run_until_idle();
    }
    EXPECT_EQ(trace.size(), 2U);
    EXPECT_LT(read, 64U * 1024 + Stream::high_water);
}

TEST(StreamDrain, MayBeAwaitedByManyTasks)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    Trace trace;
    for (int i = 0; i < 40; ++i) {
        ends.client.write(std::string(20'000, 'x'));
        loop.create_task(trace_end(trace, ends.client.drain()));
    }
    EXPECT_EQ(loop.run(ends.server.readexactly(800'000)).size(), 800'000U);
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace(40, "nothing"));
}

TEST(StreamDrain, ThatIsCancelledSendsNothingTwiceAndForgetsNothing)
{
    VirtualLoop loop{11};
    Ends ends = loop.run(connect_ends());
    const std::string sent = pattern(2'000'000);
    ends.client.write(sent);
    std::string got;
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(loop.run(thrown_by(wait_for_ms(ends.client.drain(), 1))), "TimeoutError");
        got += loop.run(ends.server.read(1000));
    }
    ends.client.write("TAIL");  // While nobody drains, and while somebody does.
    ends.client.close();
    got += loop.run(ends.server.read());
    EXPECT_TRUE(got == sent + "TAIL");
}

TEST(StreamDrain, IsNotDisturbedByAReaderThatIsCancelled)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    Trace trace;
    ends.client.write(std::string(1'000'000, 'x'));
    loop.create_task(trace_end(trace, ends.client.drain()));
    const Task<std::string> reader = loop.create_task(ends.client.read(1));
    loop.run_until_idle();

    reader.cancel();
    EXPECT_EQ(loop.run(ends.server.readexactly(1'000'000)).size(), 1'000'000U);
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"nothing"});
}

TEST(StreamWriteEof, EndsOneDirection)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    const std::string sent = pattern(200'000);
    ends.client.write(sent);
    ends.client.write_eof();
    ends.client.write_eof();
    EXPECT_TRUE(loop.run(ends.server.read()) == sent);

    ends.server.write("answer");
    EXPECT_EQ(loop.run(ends.client.readexactly(6)), "answer");
    EXPECT_TRUE(starts_with(thrown([&] { ends.client.write("x"); }), "RuntimeError "));
}

/// A few bytes wait behind a send when another stream's buffer becomes spare.
void write_while_buffers_become_spare()
{
    VirtualLoop loop;
    const Ends slow = loop.run(connect_ends());
    const Ends quick = loop.run(connect_ends());
    const std::string most = std::string(100'000, 'm');  // More than the peer's buffer takes.
    slow.client.write(most);
    loop.run_until_idle();
    slow.client.write("second,");
    quick.client.write(std::string(500, 'x'));
    loop.run_until_idle();
    slow.client.write("third");
    quick.client.write("y");
    slow.client.close();
    quick.client.close();
    EXPECT_EQ(loop.run(slow.server.read()), most + "second,third");
    EXPECT_EQ(loop.run(quick.server.read()), std::string(500, 'x') + "y");
}

TEST(StreamWrite, LosesNothingWhenTheMemoryOfAnotherStreamBecomesSpare)
{
    std::thread{write_while_buffers_become_spare}
        .join();  // A thread has no spare buffers at first.
}

/// The same bytes by each way to write them, in one order.
TEST(StreamWrite, OfAStringThatIsGivenAwayKeepsTheOrder)
{
    VirtualLoop loop;
    const Ends ends = loop.run(connect_ends());
    const std::string large(100'000, 'x');
    for (int round = 0; round < 2; ++round) {
        std::string given = large;
        ends.client.write(std::move(given));
        ends.client.write("copied ");
        std::string behind = "behind the copy ";
        ends.client.write(std::move(behind));
        ends.client.write(std::string{});
        loop.run_until_idle();
        const std::string wanted = large + "copied behind the copy ";
        EXPECT_TRUE(loop.run(ends.server.readexactly(std::ssize(wanted))) == wanted);
        EXPECT_EQ(ends.client.get_write_buffer_size(), 0U);
    }
}

TEST(StreamWrite, OfAStringThatIsGivenAwayThrowsAfterTheEnd)
{
    VirtualLoop loop;
    const Ends ends = loop.run(connect_ends());
    ends.client.write_eof();
    EXPECT_TRUE(starts_with(thrown([&] { ends.client.write(std::string{"late"}); }),
                            "RuntimeError cannot write to '127.0.0.1:"));
    ends.client.close();
    EXPECT_TRUE(starts_with(thrown([&] { ends.client.write(std::string{"late"}); }),
                            "OSError 9 cannot write to '127.0.0.1:"));
}

}  // namespace
}  // namespace asyncio::test
