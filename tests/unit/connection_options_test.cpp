#include "support/streams.hpp"

#include "net/connect_race.hpp"
#include "net/resolver.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <unistd.h>

// What connections can be told beside their address, and what a stream says of its socket.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

ConnectionOptions within(detail::TimeLimit timeout)
{
    ConnectionOptions options;
    options.timeout = timeout;
    return options;
}

ConnectionOptions from(std::string host, int port)
{
    ConnectionOptions options;
    options.local_addr.emplace(std::move(host), port);
    return options;
}

TEST(ConnectionTimeout, SaysWhereToAndHowLong)
{
    VirtualLoop loop;
    const auto end = loop.create_task(thrown_by(open_connection("192.0.2.7", 80, within(2s))));
    loop.advance(1'999ms);
    EXPECT_FALSE(end.done());
    loop.advance(1ms);
    ASSERT_TRUE(end.done());
    EXPECT_EQ(end.result(),
              "OSError 110 cannot connect to '192.0.2.7:80' in 2 s: Connection timed out");
    EXPECT_EQ(loop.open_descriptors(), 0U);
    EXPECT_EQ(loop.operations(), 0U);
}

Coroutine<> connect_to_three()
{
    std::vector<detail::Address> addresses;
    for (const char* host : {"192.0.2.1", "127.0.0.1", "192.0.2.2"}) {
        const std::vector<detail::Address> found = co_await detail::resolve(host, 9);
        addresses.push_back(found.front());
    }
    detail::ConnectTarget target{"name:9", addresses};
    target.timeout = 1.5;
    target.when = Clock::now() + 1500ms;
    (void)co_await detail::connect_any(std::move(target));
}

TEST(ConnectionTimeout, SaysWhatBecameOfEachAddress)
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(thrown_by(connect_to_three())),
              "OSError 110 cannot connect to 'name:9' in 1500 ms (127.0.0.1:9: Connection refused; "
              "192.0.2.1:9: no answer yet; 192.0.2.2:9: no answer yet): Connection timed out");
}

TEST(ConnectionTimeout, IsOverWhenTheConnectionIsThere)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(nullptr, "127.0.0.1", 80));
    auto [reader, writer] = loop.run(open_connection("127.0.0.1", 80, within(1.0)));
    loop.advance(1h);
    EXPECT_EQ(loop.run(reader.read()), "");
    (void)writer;
}

TEST(ConnectionTimeout, MayBeEndless)
{
    VirtualLoop loop;
    loop.advance(1h);
    const Server server = loop.run(start_server(nullptr, "127.0.0.1", 80));
    for (const detail::TimeLimit limit :
         {detail::TimeLimit{1e300}, detail::TimeLimit{std::chrono::hours::max()}}) {
        auto [reader, writer] = loop.run(open_connection("127.0.0.1", 80, within(limit)));
        EXPECT_EQ(loop.run(reader.read()), "");
        (void)writer;
    }
}

TEST(ConnectionTimeout, IsNotTakenForACancel)
{
    VirtualLoop loop;
    const auto open = loop.create_task(open_connection("192.0.2.7", 80, within(2s)));
    loop.run_until_idle();
    open.cancel();
    loop.run_until_idle();
    EXPECT_TRUE(open.cancelled());
}

TEST(LocalAddress, IsTheOneThePeerSees)
{
    VirtualLoop loop;
    std::vector<Stream> kept;
    const Server server = loop.run(start_server(Keep{kept}, "127.0.0.1", 80));
    auto [reader, writer] = loop.run(open_connection("127.0.0.1", 80, from("127.0.0.2", 4711)));
    loop.run_until_idle();
    EXPECT_EQ(writer.get_extra_info("sockname"), "127.0.0.2:4711");
    EXPECT_EQ(kept.at(0).get_extra_info("peername"), "127.0.0.2:4711");
    (void)reader;
}

TEST(LocalAddress, ServesAddressesOfItsFamilyOnly)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(nullptr, "::1", 80));
    EXPECT_EQ(loop.run(thrown_by(open_connection("::1", 80, from("127.0.0.1", 0)))),
              "OSError 99 cannot connect to '[::1]:80' from '127.0.0.1:0': "
              "Cannot assign requested address");
    (void)loop.run(open_connection("localhost", 80, from("localhost", 0)));
    EXPECT_EQ(loop.open_descriptors(), 2U);  // The server, and a connection that it closes.
}

TEST(LocalAddress, IsRefusedWhereItMeansNothing)
{
    VirtualLoop loop;
    EXPECT_THROW((void)loop.run(open_unix_connection("/run/x", from("127.0.0.1", 0))),
                 std::invalid_argument);
    EXPECT_THROW((void)loop.run(open_connection("127.0.0.1", 80, from("127.0.0.1", 70'000))),
                 std::invalid_argument);
    ServerOptions options;
    options.mode = 0600;
    EXPECT_THROW((void)loop.run(start_server(nullptr, "127.0.0.1", 80, options)),
                 std::invalid_argument);
    EXPECT_THROW((void)loop.run(start_unix_server(nullptr, std::string{"\0x", 2}, options)),
                 std::invalid_argument);
}

TEST(StreamSocketOptions, AreRefusedWithTheirNameWhereTheyMeanNothing)
{
    VirtualLoop loop;
    std::vector<Stream> kept;
    const Server server = loop.run(start_unix_server(Keep{kept}, "/run/x"));
    auto [reader, writer] = loop.run(open_unix_connection("/run/x"));
    EXPECT_EQ(thrown([&] { writer.set_nodelay(true); }),
              "OSError 95 cannot set TCP_NODELAY of '/run/x': Operation not supported");
    writer.write(std::string(1'000'000, 'x'));  // It closes when that is sent.
    writer.close();
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(thrown([&] { writer.set_keepalive(Keepalive{}); }),
                  "OSError 9 cannot set TCP_KEEPIDLE of '/run/x': Bad file descriptor");
        EXPECT_FALSE(writer.peer_cred());
        writer.abort();
        loop.run_until_idle();
    }
}

TEST(StreamPeerCredentials, AreThoseOfThisProcessOnAUnixSocketOnly)
{
    VirtualLoop loop;
    std::vector<Stream> kept;
    const Server server = loop.run(start_unix_server(Keep{kept}, "/run/x"));
    auto [reader, writer] = loop.run(open_unix_connection("/run/x"));
    loop.run_until_idle();
    ASSERT_TRUE(kept.at(0).peer_cred());
    EXPECT_EQ(kept.at(0).peer_cred()->pid, ::getpid());
    const Ends ends = loop.run(connect_ends());
    EXPECT_FALSE(ends.server.peer_cred());
    EXPECT_FALSE(ends.server.get_extra_info("peercred"));
}

// Lines, and pieces

Coroutine<std::vector<std::string>> all_lines(Stream stream)
{
    std::vector<std::string> all;
    auto lines = asyncio::lines(stream);
    auto line = co_await lines.next();
    while (line) {
        all.push_back(*line);
        line = co_await lines.next();
    }
    co_return all;
}

TEST(StreamLines, GivesEachLineAndTheRest)
{
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        VirtualLoop loop{seed};
        const Ends ends = loop.run(connect_ends());
        ends.client.write("one\n\nthree\nfour");
        ends.client.close();
        EXPECT_EQ(loop.run(all_lines(ends.server)),
                  (std::vector<std::string>{"one\n", "\n", "three\n", "four"}));
    }
}

Coroutine<std::string> first_line(Stream stream)
{
    auto lines = asyncio::lines(stream);
    const auto line = co_await lines.next();
    co_return line.value();
}

TEST(StreamLines, LeavesWhatItDidNotGiveInTheStream)
{
    VirtualLoop loop;
    const Ends ends = loop.run(connect_ends());
    ends.client.write("one\ntwo\nthr");
    EXPECT_EQ(loop.run(first_line(ends.server)), "one\n");
    EXPECT_EQ(loop.run(thrown_by(wait_for_ms(first_line(ends.server), 10))), "nothing");
    EXPECT_EQ(loop.run(thrown_by(wait_for_ms(first_line(ends.server), 10))), "TimeoutError");
    ends.client.write("ee\n");
    EXPECT_EQ(loop.run(first_line(ends.server)), "three\n");
}

}  // namespace
}  // namespace asyncio::test
