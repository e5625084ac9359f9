#include "core/scheduler.hpp"
#include "support/streams.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;
using Trace = std::vector<std::string>;

Coroutine<> write_later(Stream stream, std::string bytes, std::int64_t delay_ms)
{
    co_await sleep_ms(delay_ms);
    stream.write(bytes);
}

// Reading

TEST(StreamRead, GivesWhatIsThereAndEmptyAtTheEndAgainAndAgain)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.write("hello");
    ends.client.close();

    EXPECT_EQ(loop.run(ends.server.read(3)), "hel");
    EXPECT_FALSE(ends.server.at_eof());
    EXPECT_EQ(loop.run(ends.server.read(100)), "lo");
    EXPECT_EQ(loop.run(ends.server.read(100)), "");
    EXPECT_EQ(loop.run(ends.server.read(100)), "");
    EXPECT_TRUE(ends.server.at_eof());
}

TEST(StreamRead, OfZeroBytesReturnsAtOnce)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());

    loop.run_until_idle();
    EXPECT_EQ(loop.run(ends.server.read(0)), "");
    EXPECT_EQ(loop.run(ends.server.readexactly(0)), "");
    EXPECT_EQ(loop.operations(), 0U);  // Nothing was asked of the kernel.
}

TEST(StreamRead, WithoutACountCollectsUntilTheEnd)
{
    VirtualLoop loop{7};
    Ends ends = loop.run(connect_ends());
    const std::string sent = pattern(300'000);
    ends.client.write(sent);
    ends.client.close();

    EXPECT_TRUE(loop.run(ends.server.read()) == sent);
    EXPECT_EQ(loop.run(ends.server.read()), "");
}

TEST(StreamRead, WithoutACountAcceptsTheLimitAndRefusesOneMoreByteWithoutLosingAny)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    const std::string sent = pattern(100'000);
    ends.client.write(sent);
    ends.client.write_eof();
    EXPECT_EQ(loop.run(thrown_by(ends.server.read(-1, 99'999))), "LimitOverrunError 99999");
    EXPECT_TRUE(loop.run(ends.server.read(-1, 100'000)) == sent);
}

TEST(StreamRead, WithoutACountStopsReceivingAtItsLimit)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.write(std::string(10'000'000, 'x'));  // And no end.
    EXPECT_EQ(loop.run(thrown_by(ends.server.read(-1, 1'000))), "LimitOverrunError 1000");
    loop.run_until_idle();
    EXPECT_GT(ends.client.get_write_buffer_size(), 9'000'000U);
}

TEST(StreamReadexactly, WaitsForAllOfIt)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    loop.create_task(write_later(ends.client, "ab", 10));
    loop.create_task(write_later(ends.client, "cdef", 20));

    EXPECT_EQ(loop.run(ends.server.readexactly(5)), "abcde");
    EXPECT_EQ(loop.now(), 20ms);
    EXPECT_EQ(loop.run(ends.server.readexactly(1)), "f");
}

TEST(StreamReadexactly, ThrowsWithWhatCameWhenTheStreamEnds)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.write("abc");
    ends.client.close();

    EXPECT_EQ(loop.run(thrown_by(ends.server.readexactly(5))), "EOFError abc");
    EXPECT_EQ(loop.run(thrown_by(ends.server.readexactly(5))), "EOFError ");
    EXPECT_EQ(loop.run(ends.server.readexactly(0)), "");
}

TEST(StreamReadexactly, RefusesANegativeCount)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    EXPECT_THROW(loop.run(ends.server.readexactly(-1)), std::invalid_argument);
}

TEST(StreamReadline, GivesLinesThenAPartialLineThenNothing)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.write("one\n\nthr");
    ends.client.write("ee\nfour");
    ends.client.close();

    EXPECT_EQ(loop.run(ends.server.readline()), "one\n");
    EXPECT_EQ(loop.run(ends.server.readline()), "\n");
    EXPECT_EQ(loop.run(ends.server.readline()), "three\n");
    EXPECT_EQ(loop.run(ends.server.readline()), "four");
    EXPECT_EQ(loop.run(ends.server.readline()), "");
}

TEST(StreamReadline, AcceptsALineOfTheLimitAndRefusesOneMoreByteWithoutLosingAny)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.server.set_limit(8);
    ends.client.write("12345678\n123456789\n");

    EXPECT_EQ(loop.run(ends.server.readline()), "12345678\n");
    EXPECT_EQ(loop.run(thrown_by(ends.server.readline())), "LimitOverrunError 9");
    EXPECT_EQ(loop.run(thrown_by(ends.server.readline())), "LimitOverrunError 9");
    EXPECT_EQ(loop.run(ends.server.readexactly(10)), "123456789\n");
}

TEST(StreamReadline, StopsReceivingAtTheLimit)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.write(std::string(10'000'000, 'x'));

    const std::string end = loop.run(thrown_by(ends.server.readline()));
    EXPECT_TRUE(starts_with(end, "LimitOverrunError ")) << end;
    loop.run_until_idle();
    EXPECT_GT(ends.client.get_write_buffer_size(), 9'000'000U);
}

TEST(StreamReaduntil, FindsASeparatorThatArrivesInPieces)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    loop.create_task(write_later(ends.client, "a\rb\r", 10));
    loop.create_task(write_later(ends.client, "\n\rrest", 20));

    EXPECT_EQ(loop.run(ends.server.readuntil("\r\n\r")), "a\rb\r\n\r");
    ends.client.close();
    EXPECT_EQ(loop.run(thrown_by(ends.server.readuntil("\r\n"))), "EOFError rest");
    EXPECT_THROW(loop.run(ends.server.readuntil("")), std::invalid_argument);
}

TEST(StreamReadinto, GivesTheCountAndZeroAtTheEnd)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.write("abcde");
    ends.client.close();
    std::array<std::byte, 3> buffer{};

    EXPECT_EQ(loop.run(ends.server.readinto(buffer)), 3U);
    EXPECT_EQ(std::memcmp(buffer.data(), "abc", 3), 0);
    EXPECT_EQ(loop.run(ends.server.readinto(buffer)), 2U);
    EXPECT_EQ(std::memcmp(buffer.data(), "dec", 3), 0);
    EXPECT_EQ(loop.run(ends.server.readinto(buffer)), 0U);
}

TEST(StreamRead, ThatTimesOutMidwayLosesNothing)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.write("abcd");

    EXPECT_EQ(loop.run(thrown_by(wait_for_ms(ends.server.readexactly(6), 100))), "TimeoutError");
    EXPECT_EQ(loop.run(thrown_by(wait_for_ms(ends.server.readline(), 100))), "TimeoutError");
    EXPECT_EQ(loop.run(thrown_by(wait_for_ms(ends.server.read(), 100))), "TimeoutError");
    ends.client.write("ef");
    EXPECT_EQ(loop.run(ends.server.readexactly(6)), "abcdef");
}

TEST(StreamRead, ThatIsCancelledWhenItsBytesArriveLosesNothing)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    Trace trace;
    const Task<> reader = loop.create_task(trace_end(trace, ends.server.readexactly(3)));
    loop.run_until_idle();
    ends.client.write("abc");
    while (!reader.state().ready()) {
        ASSERT_TRUE(loop.loop().scheduler().turn_without_waiting());
    }

    reader.cancel();  // The bytes are there, but the reader has not run yet.
    loop.run_until_idle();
    EXPECT_EQ(trace, Trace{"CancelledError"});
    EXPECT_EQ(loop.run(ends.server.readexactly(3)), "abc");
}

TEST(StreamRead, ThatIsCancelledLeavesItsReceiveToTheNext)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(loop.run(thrown_by(wait_for_ms(ends.server.read(9), 10))), "TimeoutError");
        EXPECT_EQ(loop.operations(), 1U);
    }
    ends.client.write("abc");
    loop.run_until_idle();
    EXPECT_EQ(loop.operations(), 0U);
    EXPECT_EQ(loop.run(ends.server.read(9)), "abc");
}

TEST(StreamRead, ByASecondTaskThrowsAndTheFirstGoesOn)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    const Task<std::string> first = loop.create_task(ends.server.readexactly(3));
    loop.run_until_idle();

    const std::string end = loop.run(thrown_by(ends.server.read(1)));
    EXPECT_TRUE(starts_with(end, "RuntimeError cannot read from '127.0.0.1:")) << end;
    ends.client.write("abc");
    loop.run_until_idle();
    EXPECT_EQ(first.result(), "abc");
    ends.client.write("d");
    EXPECT_EQ(loop.run(ends.server.read(1)), "d");
}

TEST(StreamRead, IsNotReceivedAheadOfReaders)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.write(std::string(1'000'000, 'x'));
    loop.run_until_idle();
    const std::size_t unsent = ends.client.get_write_buffer_size();
    EXPECT_GT(unsent, 900'000U);

    EXPECT_EQ(loop.run(ends.server.read(1)), "x");
    loop.run_until_idle();
    EXPECT_GE(ends.client.get_write_buffer_size(), unsent - 10'000);  // One receive, no more.
}

TEST(StreamRead, ThatFailsGivesWhatCameBefore)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.write("abc");
    EXPECT_EQ(loop.run(ends.server.read(1)), "a");
    loop.fail("receive", ECONNRESET);

    EXPECT_TRUE(starts_with(loop.run(thrown_by(ends.server.readexactly(9))), "OSError 104 "));
    EXPECT_EQ(loop.run(ends.server.read(9)), "bc");
    const std::string end = loop.run(thrown_by(ends.server.read(9)));
    EXPECT_TRUE(starts_with(end, "OSError 104 cannot read from '127.0.0.1:")) << end;
}

TEST(StreamRead, OfAResetConnectionThrows)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.abort();
    EXPECT_TRUE(starts_with(loop.run(thrown_by(ends.server.read())), "OSError 104 "));
}

TEST(StreamRead, IsTriedAgainWhenTheKernelSaysSo)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    loop.fail("receive", EINTR);
    loop.fail("receive", EAGAIN);
    ends.client.write("abc");
    EXPECT_EQ(loop.run(ends.server.readexactly(3)), "abc");
}

// Closing

TEST(StreamClose, SendsWhatWasWritten)
{
    VirtualLoop loop{5};
    Ends ends = loop.run(connect_ends());
    const std::string sent = pattern(4 * 1024 * 1024);
    ends.client.write(sent);
    ends.client.close();
    EXPECT_TRUE(ends.client.is_closing());

    EXPECT_TRUE(loop.run(ends.server.read()) == sent);
    EXPECT_EQ(loop.operations(), 0U);
    EXPECT_EQ(loop.open_descriptors(), 1U);
}

TEST(StreamClose, WakesTheReaderWithAnError)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    Trace trace;
    loop.create_task(trace_end(trace, ends.client.read()));
    loop.run_until_idle();

    ends.client.close();
    loop.run_until_idle();
    ASSERT_EQ(trace.size(), 1U);
    EXPECT_TRUE(starts_with(trace.front(), "OSError 9 cannot read from '127.0.0.1:"));
    EXPECT_EQ(loop.run(ends.server.read()), "");  // The peer sees a clean end.
    EXPECT_EQ(loop.operations(), 0U);
}

TEST(StreamClose, MakesLaterReadsThrow)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.server.write("unread");
    EXPECT_EQ(loop.run(ends.client.read(2)), "un");
    ends.client.close();
    EXPECT_TRUE(starts_with(loop.run(thrown_by(ends.client.read(1))), "OSError 9 "));
    EXPECT_TRUE(starts_with(loop.run(thrown_by(ends.client.readline())), "OSError 9 "));
}

TEST(StreamWaitClosed, WaitsUntilEverythingIsSent)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    Trace trace;
    ends.client.write(std::string(200'000, 'x'));
    ends.client.close();
    loop.create_task(trace_end(trace, ends.client.wait_closed()));
    loop.create_task(trace_end(trace, ends.client.wait_closed()));
    loop.run_until_idle();
    EXPECT_TRUE(trace.empty());

    EXPECT_EQ(loop.run(ends.server.read()).size(), 200'000U);
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"nothing", "nothing"}));
    EXPECT_EQ(loop.run(thrown_by(ends.client.wait_closed())), "nothing");
}

TEST(StreamWaitClosed, ClosesWhatNobodyHasClosed)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    loop.run(ends.client.wait_closed());
    EXPECT_EQ(loop.run(ends.server.read()), "");
}

TEST(StreamWaitClosed, ThatIsCancelledDoesNotStopTheClosing)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.write(std::string(200'000, 'x'));
    EXPECT_EQ(loop.run(thrown_by(wait_for_ms(ends.client.wait_closed(), 5))), "TimeoutError");
    EXPECT_EQ(loop.run(ends.server.read()).size(), 200'000U);
    EXPECT_EQ(loop.open_descriptors(), 1U);
}

TEST(StreamClose, GivesUpAPeerThatTakesNothingForThirtySeconds)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    Trace trace;
    ends.client.write(std::string(200'000, 'x'));
    ends.client.close();
    loop.create_task(trace_end(trace, ends.client.wait_closed()));

    loop.advance(29'999ms);
    EXPECT_TRUE(trace.empty());
    EXPECT_EQ(loop.open_descriptors(), 2U);
    loop.advance(1ms);
    EXPECT_EQ(trace, Trace{"nothing"});
    EXPECT_EQ(loop.open_descriptors(), 1U);
    EXPECT_EQ(loop.operations(), 0U);
    EXPECT_TRUE(starts_with(loop.run(thrown_by(ends.server.read())), "OSError 104 "));
}

TEST(StreamClose, IsPatientWithAPeerThatTakesALittle)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.write(std::string(200'000, 'x'));
    ends.client.close();

    std::size_t got = 0;
    for (int i = 0; i < 10; ++i) {
        loop.advance(29s);
        got += loop.run(ends.server.read(8192)).size();
    }
    got += loop.run(ends.server.read()).size();
    EXPECT_EQ(got, 200'000U);
}

TEST(StreamClose, HappensWhenTheLastHandleGoes)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    Stream other = ends.client;
    ends.client.write(std::string(200'000, 'x'));
    ends.client = Stream{};
    loop.run_until_idle();
    EXPECT_FALSE(other.is_closing());

    other = Stream{};
    EXPECT_EQ(loop.run(ends.server.read()).size(), 200'000U);
    EXPECT_EQ(loop.open_descriptors(), 1U);
}

TEST(StreamClose, HappensWhenTheLastHandleGoesAfterACancelledRead)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    EXPECT_EQ(loop.run(thrown_by(wait_for_ms(ends.client.read(1), 1))), "TimeoutError");
    EXPECT_EQ(loop.operations(), 1U);
    ends.client = Stream{};
    EXPECT_EQ(loop.run(ends.server.read()), "");
    EXPECT_EQ(loop.operations(), 0U);
}

TEST(StreamAbort, ResetsTheConnectionAndWakesEverybody)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    Trace trace;
    ends.client.write(std::string(1'000'000, 'x'));
    loop.create_task(trace_end(trace, ends.client.drain()));
    loop.create_task(trace_end(trace, ends.client.read()));
    loop.run_until_idle();

    ends.client.abort();
    loop.run(ends.client.wait_closed());
    ASSERT_EQ(trace.size(), 2U);
    EXPECT_TRUE(starts_with(trace[0], "OSError 103 ")) << trace[0];
    EXPECT_TRUE(starts_with(trace[1], "OSError 9 ")) << trace[1];
    EXPECT_EQ(loop.open_descriptors(), 1U);
    EXPECT_TRUE(starts_with(loop.run(thrown_by(ends.server.read())), "OSError 104 "));
}

// Handles

TEST(Stream, KnowsTheAddressesOfBothEnds)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    const auto client = ends.client.get_extra_info("sockname");
    ASSERT_TRUE(client.has_value());
    EXPECT_TRUE(starts_with(*client, "127.0.0.1:"));
    EXPECT_EQ(ends.server.get_extra_info("peername"), client);
    EXPECT_EQ(ends.client.get_extra_info("peername"), ends.server.get_extra_info("sockname"));
    EXPECT_EQ(ends.client.get_extra_info("cipher"), std::nullopt);
    loop.run(ends.client.wait_closed());
    EXPECT_EQ(ends.client.get_extra_info("sockname"), client);
}

TEST(Stream, ThatIsEmptyThrows)
{
    const Stream none;
    EXPECT_FALSE(none);
    EXPECT_THROW(none.write("x"), RuntimeError);
    EXPECT_THROW((void)none.is_closing(), RuntimeError);
    none.close();
    none.abort();
}

TEST(Stream, MayOutliveItsLoop)
{
    Stream stream;
    {
        VirtualLoop loop;
        Ends ends = loop.run(connect_ends());
        stream = ends.client;
        EXPECT_EQ(loop.run(thrown_by(wait_for_ms(ends.client.read(1), 1))), "TimeoutError");
    }
    EXPECT_THROW(stream.write("x"), RuntimeError);
    VirtualLoop other;
    EXPECT_THROW(stream.write("x"), RuntimeError);
    EXPECT_THROW(other.run(stream.read(1)), RuntimeError);
    stream.close();
}

TEST(Stream, IsClosedWithItsLoopWhateverItDoes)
{
    Trace trace;
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.client.write(std::string(200'000, 'x'));
    loop.create_task(trace_end(trace, ends.client.read()));
    loop.create_task(trace_end(trace, ends.client.drain()));
    loop.run_until_idle();

    loop.loop().close();
    EXPECT_EQ(trace, (Trace{"CancelledError", "CancelledError"}));
    EXPECT_EQ(loop.operations(), 0U);
}

// All of it, under every order that a seed gives

class StreamSeeds : public testing::TestWithParam<std::uint64_t> {};

Coroutine<> send_all(Stream stream, std::string bytes)
{
    std::size_t sent = 0;
    std::size_t size = 1;
    while (sent < bytes.size()) {
        stream.write(std::string_view{bytes}.substr(sent, size));
        co_await stream.drain();
        sent += size;
        size = size * 7 % 30'011;
    }
    stream.close();
}

/// Reads in every way there is, often with too little time.
Coroutine<std::string> receive_all(Stream stream)
{
    std::string got;
    for (int round = 0; !stream.at_eof(); ++round) {
        const int way = round % 4;
        try {
            if (way == 0) {
                const std::string piece = co_await wait_for_ms(stream.readexactly(5000), 0);
                got += piece;
            } else if (way == 1) {
                const std::string piece = co_await wait_for_ms(stream.readline(), 0);
                got += piece;
            } else if (way == 2) {
                const std::string piece = co_await stream.read(700);
                got += piece;
            } else {
                std::array<std::byte, 100> buffer;
                const std::size_t n = co_await wait_for_ms(stream.readinto(buffer), 0);
                got.append(reinterpret_cast<const char*>(buffer.data()), n);
            }
        } catch (const TimeoutError&) {
        } catch (const EOFError& error) {
            got += error.partial;
        }
    }
    co_return got;
}

TEST_P(StreamSeeds, EveryByteArrivesOnceAndInOrder)
{
    VirtualLoop loop{GetParam()};
    Ends ends = loop.run(connect_ends());
    const std::string there = pattern(150'000);
    const std::string back = pattern(90'000);
    loop.create_task(send_all(ends.client, there));
    EXPECT_TRUE(loop.run(receive_all(ends.server)) == there);

    Ends others = loop.run(connect_ends("localhost"));
    loop.create_task(send_all(others.server, back));
    EXPECT_TRUE(loop.run(receive_all(others.client)) == back);
}

INSTANTIATE_TEST_SUITE_P(Seeds, StreamSeeds, testing::Range<std::uint64_t>(0, 25));

}  // namespace
}  // namespace asyncio::test
