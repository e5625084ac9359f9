#include "net/connect_race.hpp"
#include "net/resolver.hpp"
#include "support/streams.hpp"

#include <asyncio/testing.hpp>

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <netdb.h>

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;
using detail::Address;

Address ipv4(const char* host, std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, host, &address.sin_addr);
    return Address{reinterpret_cast<const sockaddr*>(&address), sizeof address};
}

Address ipv6(const char* host, std::uint16_t port)
{
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    ::inet_pton(AF_INET6, host, &address.sin6_addr);
    return Address{reinterpret_cast<const sockaddr*>(&address), sizeof address};
}

/// A listening server that the connections of one test go to.
Server serve(VirtualLoop& loop, const std::string& host, int port = 0)
{
    return loop.run(start_server(nullptr, host, port));
}

/// Which address won: "127.0.0.1:80".
Coroutine<std::string> winner_of(std::vector<Address> addresses)
{
    detail::ConnectTarget target{"name", std::move(addresses)};
    const detail::Socket socket = co_await detail::connect_any(std::move(target));
    co_return socket.peer_name();
}

TEST(OpenConnection, GivesTheSameStreamTwice)
{
    VirtualLoop loop;
    const Server server = serve(loop, "127.0.0.1");
    auto [reader, writer] = loop.run(open_connection("127.0.0.1", server.port()));
    EXPECT_TRUE(reader == writer);
    EXPECT_EQ(reader.get_extra_info("peername"), server.sockets().front());
}

TEST(OpenConnection, ThatIsRefusedThrowsWithHostPortAndReason)
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(thrown_by(open_connection("127.0.0.1", 9))),
              "OSError 111 cannot connect to '127.0.0.1:9': Connection refused");
    EXPECT_EQ(loop.run(thrown_by(open_connection("::1", 9))),
              "OSError 111 cannot connect to '[::1]:9': Connection refused");
    EXPECT_EQ(loop.run(thrown_by(open_connection("localhost", 9))),
              "OSError 111 cannot connect to 'localhost:9' ([::1]:9; 127.0.0.1:9): "
              "Connection refused");
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

TEST(OpenConnection, NamesTheReasonOfEachAddressWhenTheyDiffer)
{
    VirtualLoop loop;
    loop.fail("connect", ENETUNREACH);
    EXPECT_EQ(loop.run(thrown_by(open_connection("localhost", 9))),
              "OSError 111 cannot connect to 'localhost:9' ([::1]:9: Network is unreachable; "
              "127.0.0.1:9: Connection refused): Connection refused");
}

TEST(OpenConnection, RefusesAPortThatIsNone)
{
    VirtualLoop loop;
    EXPECT_THROW(loop.run(open_connection("127.0.0.1", 65536)), std::invalid_argument);
    EXPECT_THROW(loop.run(open_connection("127.0.0.1", -1)), std::invalid_argument);
}

TEST(OpenConnection, ToANameThatDoesNotExistThrows)
{
    VirtualLoop loop;
    try {
        loop.run(open_connection("no.such.host", 80));
        FAIL() << "connected";
    } catch (const OSError& error) {
        EXPECT_STREQ(error.code().category().name(), "getaddrinfo");
        EXPECT_EQ(error.code().value(), EAI_NONAME);
        EXPECT_STREQ(error.what(), "cannot resolve 'no.such.host': Name or service not known");
    }
    EXPECT_THROW(loop.run(open_connection("", 80)), OSError);
}

TEST(OpenConnection, KnowsLocalhostByEveryName)
{
    VirtualLoop loop;
    const Server server = serve(loop, "localhost", 80);
    for (const char* name : {"localhost", "LocalHost", "localhost.", "board.localhost"}) {
        auto [reader, writer] = loop.run(open_connection(name, 80));
        EXPECT_EQ(reader.get_extra_info("peername"), "[::1]:80");
    }
}

TEST(OpenConnection, TriesTheNextAddressAtOnceWhenOneFails)
{
    VirtualLoop loop;
    const Server server = serve(loop, "127.0.0.1", 80);
    auto [reader, writer] = loop.run(open_connection("localhost", 80));
    EXPECT_EQ(reader.get_extra_info("peername"), "127.0.0.1:80");
    EXPECT_EQ(loop.now(), 0ms);
}

TEST(HappyEyeballs, GivesAnAddressThatDoesNotAnswerCompanyAfter250Milliseconds)
{
    VirtualLoop loop;
    const Server server = serve(loop, "127.0.0.1", 80);
    EXPECT_EQ(loop.run(winner_of({ipv6("2001:db8::1", 80), ipv4("127.0.0.1", 80)})),
              "127.0.0.1:80");
    EXPECT_EQ(loop.now(), 250ms);

    loop.run_until_idle();
    EXPECT_EQ(loop.operations(), 1U);  // The server's accept: the loser is gone.
}

TEST(HappyEyeballs, TakesTurnsBetweenTheFamilies)
{
    const std::vector<Address> sorted = detail::interleaved(
        {ipv6("::1", 1), ipv6("::2", 2), ipv6("::3", 3), ipv4("10.0.0.4", 4), ipv4("10.0.0.5", 5)});
    std::vector<std::uint16_t> ports;
    for (const Address& address : sorted) {
        ports.push_back(address.port());
    }
    EXPECT_EQ(ports, (std::vector<std::uint16_t>{1, 4, 2, 5, 3}));
}

TEST(HappyEyeballs, StartsOneAttemptEvery250Milliseconds)
{
    VirtualLoop loop;
    const Task<std::string> task = loop.create_task(
        winner_of({ipv4("192.0.2.1", 80), ipv4("192.0.2.2", 80), ipv4("192.0.2.3", 80)}));
    loop.advance(249ms);
    EXPECT_EQ(loop.operations(), 1U);
    loop.advance(1ms);
    EXPECT_EQ(loop.operations(), 2U);
    loop.advance(250ms);
    EXPECT_EQ(loop.operations(), 3U);
    loop.advance(1h);
    EXPECT_FALSE(task.done());
    task.cancel();
    loop.run_until_idle();
    EXPECT_EQ(loop.operations(), 0U);
}

TEST(HappyEyeballs, ClosesALoserThatConnectsToo)
{
    VirtualLoop loop{1};
    const Server server = serve(loop, "127.0.0.1", 80);
    const Server other = serve(loop, "::1", 80);
    loop.run(winner_of({ipv4("192.0.2.1", 80), ipv6("::1", 80), ipv4("127.0.0.1", 80)}));
    loop.run_until_idle();
    EXPECT_EQ(loop.open_descriptors(), 2U);  // The two servers.
}

TEST(OpenConnection, ThatIsCancelledLeavesNothingBehind)
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(thrown_by(wait_for_ms(open_connection("192.0.2.1", 80), 100))),
              "TimeoutError");
    EXPECT_EQ(loop.now(), 100ms);
    EXPECT_EQ(loop.operations(), 0U);
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

Coroutine<std::string> connect_and_say(std::string host, int port)
{
    auto [reader, writer] = co_await open_connection(host, port);
    co_return "connected";
}

TEST(OpenConnection, ThatIsCancelledWhenItSucceedsLeavesNothingBehind)
{
    VirtualLoop loop;
    Server server = serve(loop, "127.0.0.1");
    const Task<std::string> task = loop.create_task(connect_and_say("127.0.0.1", server.port()));
    loop.run_until_idle();
    ASSERT_TRUE(task.done());

    const Task<std::string> late = loop.create_task(connect_and_say("127.0.0.1", server.port()));
    for (int turn = 0; turn < 3 && !late.done(); ++turn) {
        late.cancel();
        loop.run_until_idle();
    }
    EXPECT_TRUE(late.cancelled());
    server.close();
    loop.run_until_idle();
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

TEST(OpenConnection, DiesWithItsLoop)
{
    VirtualLoop loop;
    const Task<std::string> task = loop.create_task(connect_and_say("192.0.2.1", 80));
    loop.run_until_idle();
    EXPECT_EQ(loop.operations(), 1U);
    loop.loop().close();
    EXPECT_TRUE(task.cancelled());
    EXPECT_EQ(loop.operations(), 0U);
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

TEST(OpenUnixConnection, ReachesAUnixServer)
{
    VirtualLoop loop;
    std::vector<Stream> accepted;
    const Server server = loop.run(start_unix_server(Keep{accepted}, "/run/board.sock"));
    auto [reader, writer] = loop.run(open_unix_connection("/run/board.sock"));
    writer.write("hello");
    loop.run_until_idle();
    ASSERT_EQ(accepted.size(), 1U);
    EXPECT_EQ(loop.run(accepted.front().read(9)), "hello");
    EXPECT_EQ(server.port(), 0);
    EXPECT_EQ(server.sockets(), std::vector<std::string>{"/run/board.sock"});
    EXPECT_EQ(accepted.front().get_extra_info("sockname"), "/run/board.sock");
}

TEST(OpenUnixConnection, WithoutAServerThrows)
{
    VirtualLoop loop;
    EXPECT_EQ(loop.run(thrown_by(open_unix_connection("/run/board.sock"))),
              "OSError 2 cannot connect to '/run/board.sock': No such file or directory");
    EXPECT_EQ(loop.run(thrown_by(open_unix_connection(std::string(200, 'x')))).substr(0, 12),
              "OSError 36 c");
}

}  // namespace
}  // namespace asyncio::test
