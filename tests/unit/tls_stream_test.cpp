#include "net/stream_state.hpp"
#include "support/tls.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>

// The guarantees of a stream, with TLS under it.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

Coroutine<> write_all(Stream stream, std::string bytes, std::size_t piece)
{
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        stream.write(std::string_view{bytes}.substr(at, piece));
        co_await stream.drain();
        EXPECT_LE(stream.get_write_buffer_size(), Stream::high_water + piece + 1024);
    }
    stream.close();
    co_await stream.wait_closed();
}

/// With a seed other than 0, receives and sends move pieces of any size, from one byte on.
class TlsStream : public testing::TestWithParam<std::uint64_t> {};

INSTANTIATE_TEST_SUITE_P(Seeds, TlsStream, testing::Range<std::uint64_t>(0, 8));

TEST_P(TlsStream, CarriesABigTransferWhole)
{
    VirtualLoop loop{GetParam()};
    Ends ends = loop.run(connect_tls());
    const std::string sent = pattern(3'000'000);
    const auto writer = loop.create_task(write_all(ends.client, sent, 100'000));
    EXPECT_TRUE(loop.run(ends.server.read()) == sent);
    ends.server.close();
    loop.run_until_idle();
    EXPECT_TRUE(writer.done());
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

TEST_P(TlsStream, CarriesBothDirectionsAtOnce)
{
    VirtualLoop loop{GetParam()};
    Ends ends = loop.run(connect_tls());
    const auto echo = loop.create_task(echo_back(ends.server, ends.server));
    const std::string sent = pattern(400'000);
    ends.client.write(sent);
    ends.client.write_eof();
    EXPECT_TRUE(loop.run(ends.client.read()) == sent);
    ends.client.close();
    loop.run_until_idle();
    EXPECT_TRUE(echo.done());
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

TEST_P(TlsStream, CarriesManySmallRecords)
{
    VirtualLoop loop{GetParam()};
    Ends ends = loop.run(connect_tls());
    constexpr int count = 20'000;
    for (int i = 0; i < count; ++i) {
        ends.client.write(std::to_string(i) + "\n");
    }
    ends.client.close();
    for (int i = 0; i < count; ++i) {
        ASSERT_EQ(loop.run(ends.server.readline()), std::to_string(i) + "\n");
    }
    EXPECT_EQ(loop.run(ends.server.readline()), "");
}

// The end

TEST(TlsEnd, WithoutCloseNotifyIsAnError)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_tls());
    ends.client.write("half of it");
    loop.run_until_idle();
    ends.client.state().shutdown_write();  // As anybody on the way could.

    EXPECT_EQ(loop.run(ends.server.readexactly(4)), "half");
    EXPECT_NE(loop.run(thrown_by(ends.server.read()))
                  .find("ended without close_notify: something may be missing"),
              std::string::npos);
    EXPECT_EQ(loop.run(ends.server.read(100)), " of it");  // What came is there.
    EXPECT_THROW(loop.run(ends.server.read(1)), SSLEOFError);
    EXPECT_FALSE(ends.server.at_eof());
}

TEST(TlsEnd, ByAResetIsAnotherError)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_tls());
    ends.client.abort();
    EXPECT_TRUE(starts_with(loop.run(thrown_by(ends.server.read())), "OSError 104 cannot read"));
}

TEST(TlsEnd, OfBothSidesAtOnceTakesNoTime)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_tls());
    ends.client.close();
    ends.server.close();
    loop.run(ends.client.wait_closed());
    loop.run(ends.server.wait_closed());
    EXPECT_EQ(loop.now(), 0ns);
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

TEST(TlsEnd, OfOneThatNeverReadsStillDelivers)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_tls());
    ends.server.write("a greeting that nobody reads");
    loop.run_until_idle();
    ends.client.write("what matters");
    ends.client.close();  // With the greeting unread, a plain close would reset the connection.
    EXPECT_EQ(loop.run(ends.server.read()), "what matters");
}

TEST(TlsEnd, WaitsForThePeerNoLongerThanItIsTold)
{
    VirtualLoop loop;
    SSLContext client = client_context();
    client.shutdown_timeout(5);
    Ends ends = loop.run(connect_tls(server_context(), client));
    loop.run(ends.client.wait_closed());
    EXPECT_EQ(loop.now(), 5s);
    EXPECT_EQ(loop.open_descriptors(), 1U);
    EXPECT_EQ(loop.run(ends.server.read()), "");  // It is a clean end all the same.
}

TEST(TlsEnd, AfterWriteEofWaitsNoLongerEither)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_tls());
    ends.client.write_eof();
    loop.run_until_idle();
    loop.run(ends.client.wait_closed());
    EXPECT_EQ(loop.now(), 30s);
}

TEST(TlsEnd, OfAPeerThatTakesNothingIsAReset)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_tls());
    ends.client.write(pattern(1'000'000));
    loop.run(ends.client.wait_closed());
    EXPECT_EQ(loop.now(), 30s);
    EXPECT_TRUE(starts_with(loop.run(thrown_by(ends.server.read())), "OSError 104"));
}

TEST(TlsEnd, OfAPeerThatNeverStopsComesAllTheSame)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_tls());
    const auto flood = loop.create_task(write_all(ends.server, pattern(20'000'000), 10'000));
    loop.advance(1ms);
    ends.client.close();
    loop.advance(30s);
    EXPECT_TRUE(flood.done());
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

TEST(TlsEnd, ByAbortDuringTheFarewellIsAtOnce)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_tls());
    ends.client.close();
    loop.run_until_idle();
    EXPECT_EQ(loop.open_descriptors(), 2U);
    ends.client.abort();
    loop.run_until_idle();
    EXPECT_EQ(loop.open_descriptors(), 1U);
    EXPECT_EQ(loop.now(), 0ns);
}

TEST(TlsEnd, OfTheLoopLeavesNothing)
{
    std::unique_ptr<Ends> survivor;
    {
        VirtualLoop loop;
        Ends ends = loop.run(connect_tls());
        ends.client.close();  // Its farewell is not over.
        survivor = std::make_unique<Ends>(ends);
    }
    EXPECT_TRUE(survivor->client.is_closing());
}

TEST(TlsStreamErrors, AChangedRecordEndsTheSession)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_tls());
    ends.client.write("good");
    loop.run_until_idle();
    // Behind the session's back.
    detail::StreamOutput& output = ends.client.state().output();
    output.queue() = std::string{"\x17\x03\x03\x00\x20", 5} + std::string(32, 'x');
    output.flush();
    EXPECT_EQ(loop.run(ends.server.read(100)), "good");
    const std::string error = loop.run(thrown_by(ends.server.read(100)));
    EXPECT_NE(error.find("decryption failed or bad record mac"), std::string::npos) << error;
    EXPECT_THROW(ends.server.write("an answer"), SSLError);
    EXPECT_EQ(loop.run(thrown_by(ends.client.read(1))).find("bad record mac") == std::string::npos,
              false);
}

TEST(TlsStreamErrors, NothingMayBeWrittenOrReadDuringTheHandshake)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    const auto upgrade = loop.create_task(ends.client.start_tls(client_context(), "localhost"));
    loop.run_until_idle();
    EXPECT_THROW(ends.client.write("too early"), RuntimeError);
    EXPECT_THROW(ends.client.write_eof(), RuntimeError);
    EXPECT_THROW(loop.run(ends.client.read(1)), RuntimeError);
    EXPECT_FALSE(upgrade.done());
    upgrade.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(upgrade.cancelled());
}

// start_tls

Coroutine<std::string> serve_upgrade(Stream stream)
{
    co_await stream.readline();
    stream.write("go ahead\n");
    co_await stream.start_tls(server_context());
    const std::string said = co_await stream.readline();
    stream.write("secret too\n");
    co_return said;
}

Coroutine<std::string> ask_for_upgrade(Stream stream)
{
    stream.write("upgrade\n");
    co_await stream.readline();
    co_await stream.start_tls(client_context(), "localhost");
    stream.write("secret\n");
    const std::string said = co_await stream.readline();
    co_return said;
}

TEST_P(TlsStream, CanStartOnAnOpenConnection)
{
    VirtualLoop loop{GetParam()};
    Ends ends = loop.run(connect_ends());
    const auto server = loop.create_task(serve_upgrade(ends.server));
    EXPECT_EQ(loop.run(ask_for_upgrade(ends.client)), "secret too\n");
    EXPECT_EQ(server.result(), "secret\n");
    EXPECT_EQ(ends.client.get_extra_info("version"), "TLSv1.3");
    EXPECT_THROW(loop.run(ends.client.start_tls(client_context(), "localhost")), RuntimeError);
}

TEST(StartTls, RefusesBytesThatCameBeforeIt)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.server.write("go ahead\nand believe this\n");  // The second line is an attacker's.
    EXPECT_EQ(loop.run(ends.client.readline()), "go ahead\n");
    const std::string error =
        loop.run(thrown_by(ends.client.start_tls(client_context(), "localhost")));
    EXPECT_TRUE(starts_with(error, "OSError 71 cannot start TLS with '127.0.0.1:"));
    EXPECT_NE(error.find("' after 17 bytes that were not read: Protocol error"), std::string::npos);
    EXPECT_TRUE(ends.client.is_closing());
}

TEST(StartTls, TakesBytesThatCameLaterForTheHandshake)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    ends.server.write("believe this\n");  // Not received yet.
    const std::string error =
        loop.run(thrown_by(ends.client.start_tls(client_context(), "localhost")));
    EXPECT_NE(error.find("the peer does not speak TLS"), std::string::npos) << error;
}

TEST(StartTls, NeedsAContextAndAnOpenStream)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_ends());
    EXPECT_THROW(loop.run(ends.client.start_tls(false)), std::invalid_argument);
    EXPECT_THROW(loop.run(ends.client.start_tls(client_context())), std::invalid_argument);
    ends.client.write_eof();
    EXPECT_THROW(loop.run(ends.client.start_tls(client_context(), "localhost")), RuntimeError);
    ends.client.close();
    EXPECT_THROW(loop.run(ends.client.start_tls(client_context(), "localhost")), OSError);
}

}  // namespace
}  // namespace asyncio::test
