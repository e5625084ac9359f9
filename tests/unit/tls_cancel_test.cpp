#include "core/scheduler.hpp"
#include "support/tls.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>

// TLS whose tasks are cancelled, or whose operations fail, at every place.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

/// Connects, says something, hears it again and closes.
Coroutine<> whole_story(int port, std::string* heard)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port, client_context());
    writer.write(pattern(150'000));
    co_await writer.drain();
    while (heard->size() < 150'000) {
        *heard += co_await reader.read(4096);
    }
    writer.close();
    co_await writer.wait_closed();
}

/// Runs the story and cancels it after `turns` turns of the loop. Was it over before?
bool run_and_cancel(std::uint64_t seed, int turns)
{
    VirtualLoop loop{seed};
    loop.loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
    bool was_over = false;
    {
        const Server server =
            loop.run(start_server(echo_back, "127.0.0.1", 0, 5, server_context()));
        std::string heard;
        const auto story = loop.create_task(whole_story(server.port(), &heard));
        for (int i = 0; i < turns && !story.done(); ++i) {
            (void)loop.loop().scheduler().turn_without_waiting();
        }
        was_over = story.done();
        story.cancel();
        loop.advance(31s);
        EXPECT_TRUE(story.done());
        EXPECT_EQ(story.cancelled(), !was_over);
        EXPECT_TRUE(pattern(150'000).starts_with(heard));
        if (was_over) {
            EXPECT_EQ(heard.size(), 150'000U);
        }
        EXPECT_EQ(loop.open_descriptors(), 1U) << "after " << turns << " turns";
    }
    loop.run_until_idle();
    EXPECT_EQ(loop.operations(), 0U);
    return was_over;
}

/// With a seed other than 0, receives and sends move pieces of any size, from one byte on.
class TlsCancel : public testing::TestWithParam<std::uint64_t> {};

INSTANTIATE_TEST_SUITE_P(Seeds, TlsCancel, testing::Range<std::uint64_t>(0, 8));

TEST_P(TlsCancel, MayComeAtEveryTurn)
{
    int turns = 0;
    while (!run_and_cancel(GetParam(), turns) && turns < 2000) {
        turns += turns < 60 ? 1 : 7;
    }
    EXPECT_GT(turns, 10);
    EXPECT_LT(turns, 2000);
}

/// Reads with a time limit that is over at once, again and again.
Coroutine<std::string> read_impatiently(Stream stream, std::size_t wanted, int* cancelled)
{
    std::string got;
    while (got.size() < wanted) {
        try {
            got += co_await wait_for_ms(stream.read(1000), 0);
        } catch (const TimeoutError&) {
            ++*cancelled;
        }
    }
    co_return got;
}

Coroutine<> write_all(Stream stream, std::string bytes, std::size_t piece)
{
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        stream.write(std::string_view{bytes}.substr(at, piece));
        co_await stream.drain();
    }
    stream.close();
    co_await stream.wait_closed();
}

TEST_P(TlsCancel, OfReadsLosesNothing)
{
    VirtualLoop loop{GetParam()};
    Ends ends = loop.run(connect_tls());
    const std::string sent = pattern(200'000);
    const auto writer = loop.create_task(write_all(ends.client, sent, 5'000));
    int cancelled = 0;
    EXPECT_TRUE(loop.run(read_impatiently(ends.server, sent.size(), &cancelled)) == sent);
    EXPECT_GT(cancelled, 0);
    ends.server.close();
    loop.run_until_idle();
    EXPECT_TRUE(writer.done());
}

TEST(TlsFaults, LeaveNothingBehind)
{
    for (const char* kind : {"receive", "send"}) {
        for (std::uint64_t nth = 1; nth <= 12; ++nth) {
            VirtualLoop loop{nth};
            loop.loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
            {
                const Server server =
                    loop.run(start_server(echo_back, "127.0.0.1", 0, 5, server_context()));
                std::string heard;
                loop.fail(kind, ECONNRESET, nth);
                const auto story = loop.create_task(whole_story(server.port(), &heard));
                loop.advance(100s);
                EXPECT_TRUE(story.done()) << kind << " " << nth;
                EXPECT_TRUE(pattern(150'000).starts_with(heard));
            }
            loop.run_until_idle();
            EXPECT_EQ(loop.open_descriptors(), 0U) << kind << " " << nth;
            EXPECT_EQ(loop.operations(), 0U) << kind << " " << nth;
        }
    }
}

}  // namespace
}  // namespace asyncio::test
