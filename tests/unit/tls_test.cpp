#include "support/tls.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

// TLS between two ends of a simulated network.

namespace asyncio::test {
namespace {

Coroutine<std::string> ask(Stream stream, std::string question)
{
    stream.write(question);
    stream.write_eof();
    const std::string answer = co_await stream.read();
    stream.close();
    co_await stream.wait_closed();
    co_return answer;
}

TEST(Tls, CarriesWhatBothEndsSay)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_tls());
    ends.client.write("hello ");
    ends.client.write("board");
    ends.server.write("hello client");

    EXPECT_EQ(loop.run(ends.server.readexactly(11)), "hello board");
    EXPECT_EQ(loop.run(ends.client.readexactly(12)), "hello client");
    EXPECT_EQ(ends.client.get_extra_info("version"), "TLSv1.3");
    EXPECT_EQ(ends.server.get_extra_info("version"), "TLSv1.3");
    EXPECT_EQ(ends.client.get_extra_info("cipher"), ends.server.get_extra_info("cipher"));
    EXPECT_EQ(ends.client.get_extra_info("alpn"), std::nullopt);
}

TEST(Tls, EndsCleanlyAndLeavesNothing)
{
    VirtualLoop loop;
    {
        Ends ends = loop.run(connect_tls());
        ends.client.write("last words");
        ends.client.close();
        EXPECT_EQ(loop.run(ends.server.read()), "last words");
        EXPECT_TRUE(ends.server.at_eof());
        loop.run(ends.server.wait_closed());
        loop.run(ends.client.wait_closed());
        EXPECT_EQ(loop.now(), std::chrono::nanoseconds{0});  // Nobody waited for a time limit.
    }
    EXPECT_EQ(loop.open_descriptors(), 0U);
    EXPECT_EQ(loop.operations(), 0U);
}

TEST(Tls, WriteEofEndsOneDirection)
{
    VirtualLoop loop;
    Ends ends = loop.run(connect_tls());
    const auto echo = loop.create_task(echo_back(ends.server, ends.server));
    EXPECT_EQ(loop.run(ask(ends.client, "once more")), "once more");
    loop.run_until_idle();
    EXPECT_TRUE(echo.done());
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

}  // namespace
}  // namespace asyncio::test
