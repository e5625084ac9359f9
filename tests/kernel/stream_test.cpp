#include "support/streams.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <filesystem>

// Streams on the real loop, over loopback.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

std::size_t open_descriptors()
{
    const std::filesystem::directory_iterator entries{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

Coroutine<> write_and_close(Stream stream, std::string bytes)
{
    for (std::size_t sent = 0; sent < bytes.size(); sent += 100'000) {
        stream.write(std::string_view{bytes}.substr(sent, 100'000));
        co_await stream.drain();
    }
    stream.write_eof();
}

Coroutine<> both_directions()
{
    Ends ends = co_await connect_ends();
    const std::string sent = pattern(8 * 1024 * 1024);
    const auto there = create_task(write_and_close(ends.client, sent));
    const auto back = create_task(write_and_close(ends.server, sent));
    auto [one, other] = co_await gather(ends.client.read(), ends.server.read());
    EXPECT_TRUE(one == sent);
    EXPECT_TRUE(other == sent);
    co_await there;
    co_await back;
}

TEST(KernelStream, CarriesEightMebibytesEachWayAtOnce) { run(both_directions()); }

Coroutine<> give_pieces()
{
    Ends ends = co_await connect_ends();
    const std::string sent = pattern(8 * 1024 * 1024);
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < sent.size(); at += 3000) {
        pieces.push_back(sent.substr(at, 3000));
    }
    ends.client.writelines(std::move(pieces));
    ends.client.close();
    const std::string got = co_await ends.server.read();
    EXPECT_TRUE(got == sent);
}

TEST(KernelStream, SendsEightMebibytesOfPiecesFromWhereTheyLie) { run(give_pieces()); }

Coroutine<> close_flushes()
{
    Ends ends = co_await connect_ends();
    const std::string sent = pattern(4 * 1024 * 1024);
    ends.client.write(sent);
    ends.client.close();
    const std::string got = co_await ends.server.read();
    EXPECT_TRUE(got == sent);
    co_await ends.client.wait_closed();
}

TEST(KernelStream, CloseSendsFourMebibytesThatWereWritten) { run(close_flushes()); }

Coroutine<std::string> read_all(Stream stream)
{
    const std::string end = co_await thrown_by(stream.read());
    co_return end;
}

Coroutine<> close_while_reading()
{
    Ends ends = co_await connect_ends();
    const auto reader = create_task(read_all(ends.client));
    co_await sleep_ms(5);
    ends.client.close();
    const std::string end = co_await reader;
    EXPECT_TRUE(starts_with(end, "OSError 9 ")) << end;
    const std::string seen = co_await wait_for_ms(ends.server.read(), 1000);
    EXPECT_EQ(seen, "");
}

TEST(KernelStream, CloseWhileATaskReadsLetsThePeerSeeTheEnd) { run(close_while_reading()); }

Coroutine<> reset_by_peer()
{
    Ends ends = co_await connect_ends();
    const auto reader = create_task(read_all(ends.client));
    co_await sleep_ms(5);
    ends.server.abort();
    const std::string end = co_await reader;
    EXPECT_TRUE(starts_with(end, "OSError 104 ")) << end;

    // The reader has the socket's one error; a write finds the pipe broken.
    ends.client.write("into the void");
    co_await sleep_ms(5);
    const std::string later = co_await thrown_by(ends.client.drain());
    EXPECT_TRUE(starts_with(later, "OSError 32 ")) << later;
    co_await ends.client.wait_closed();
}

TEST(KernelStream, ThatIsResetThrowsFromReadAndWrite) { run(reset_by_peer()); }

Coroutine<> write_until_reset()
{
    Ends ends = co_await connect_ends();
    ends.client.write(std::string(50'000'000, 'x'));
    co_await sleep_ms(5);
    EXPECT_GT(ends.client.get_write_buffer_size(), 0U);
    ends.server.abort();
    const std::string end = co_await thrown_by(ends.client.drain());
    EXPECT_TRUE(starts_with(end, "OSError 104 ")) << end;
    const std::string read = co_await thrown_by(ends.client.read());
    EXPECT_TRUE(starts_with(read, "OSError 104 ")) << read;  // And not a clean end.
}

TEST(KernelStream, ThatIsResetUnderAWriteDoesNotLookEndedToTheReader) { run(write_until_reset()); }

Coroutine<> abort_unsent()
{
    Ends ends = co_await connect_ends();
    ends.client.write(std::string(50'000'000, 'x'));
    co_await sleep_ms(5);
    ends.client.abort();
    co_await wait_for_ms(ends.client.wait_closed(), 1000);
    const std::string end = co_await thrown_by(ends.server.read());
    EXPECT_TRUE(starts_with(end, "OSError 104 ")) << end;
}

TEST(KernelStream, AbortDoesNotWaitForThePeer) { run(abort_unsent()); }

Coroutine<> write_slowly(Stream stream, std::string bytes)
{
    for (const char byte : bytes) {
        stream.write(std::string_view{&byte, 1});
        co_await stream.drain();
    }
    stream.write_eof();
}

/// Reads with time limits that run out at every possible moment.
Coroutine<> impatient_reader()
{
    Ends ends = co_await connect_ends();
    const std::string sent = pattern(20'000);
    const auto writer = create_task(write_slowly(ends.client, sent));
    std::string got;
    std::size_t timeouts = 0;
    for (std::int64_t round = 0; !ends.server.at_eof(); ++round) {
        try {
            const std::string piece = co_await wait_for(ends.server.readexactly(7),
                                                        std::chrono::microseconds{round % 90});
            got += piece;
        } catch (const TimeoutError&) {
            ++timeouts;
        } catch (const EOFError& error) {
            got += error.partial;
        }
    }
    EXPECT_TRUE(got == sent);
    EXPECT_GT(timeouts, 0U);
    co_await writer;
}

TEST(KernelStream, LosesNothingHoweverManyReadsTimeOut) { run(impatient_reader()); }

Coroutine<> use_once()
{
    Ends ends = co_await connect_ends();
    ends.client.write("hello");
    const std::string got = co_await ends.server.readexactly(5);
    EXPECT_EQ(got, "hello");
    const std::string end = co_await thrown_by(wait_for_ms(ends.client.read(), 1));
    EXPECT_EQ(end, "TimeoutError");  // Its receive is still there when the handles go.
}

Coroutine<> use_often()
{
    for (int i = 0; i < 100; ++i) {
        co_await use_once();
    }
    co_await sleep_ms(10);
}

TEST(KernelStream, LeaksNoDescriptor)
{
    run(use_often());
    const std::size_t before = open_descriptors();
    run(use_often());
    EXPECT_EQ(open_descriptors(), before);
}

Coroutine<> half_closed()
{
    Ends ends = co_await connect_ends("localhost");
    ends.client.write("question");
    ends.client.write_eof();
    const std::string question = co_await ends.server.read();
    EXPECT_EQ(question, "question");
    ends.server.write("answer");
    ends.server.close();
    const std::string answer = co_await ends.client.read();
    EXPECT_EQ(answer, "answer");
}

TEST(KernelStream, CanBeClosedInOneDirection) { run(half_closed()); }

}  // namespace
}  // namespace asyncio::test
