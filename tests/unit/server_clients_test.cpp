#include "support/streams.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>

// How many connections a server has, and how they end with it.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

constexpr auto localhost = "127.0.0.1";

/// Sends every line back, until the end.
Coroutine<> echo(StreamReader reader, StreamWriter writer)
{
    for (std::string line = co_await reader.readline(); !line.empty();) {
        writer.write(line);
        co_await writer.drain();
        line = co_await reader.readline();
    }
}

/// Counts the failures that are reported.
class Reports {
public:
    explicit Reports(VirtualLoop& loop)
    {
        loop.loop().set_exception_handler([this](Loop&, const ExceptionContext&) { ++count; });
    }

    int count = 0;
};

ServerOptions limited(std::size_t connections)
{
    ServerOptions options;
    options.backlog = 100;
    options.max_connections = connections;
    return options;
}

Stream connect(VirtualLoop& loop, int port, const char* host = localhost)
{
    return loop.run(open_connection(host, port)).first;
}

/// What the server says to a line; "" if it does not answer.
std::string answer_to(VirtualLoop& loop, const Stream& client)
{
    client.write("x\n");
    const auto answer = loop.create_task(client.readline());
    loop.run_until_idle();
    if (!answer.done()) {
        answer.cancel();
        loop.run_until_idle();
        return "";
    }
    return answer.result();
}

TEST(ServerLimit, LeavesConnectionsThatAreTooManyInTheKernelUntilOthersEnd)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(echo, localhost, 80, limited(2)));
    Stream one = connect(loop, 80);
    const Stream two = connect(loop, 80);
    const Stream three = connect(loop, 80);
    EXPECT_EQ(answer_to(loop, one), "x\n");
    EXPECT_EQ(answer_to(loop, two), "x\n");
    EXPECT_EQ(answer_to(loop, three), "");
    EXPECT_EQ(server.connections(), 2U);
    EXPECT_EQ(loop.operations(), 3U);  // The reads of two handlers and of `three`: no accept.

    loop.advance(1h);
    EXPECT_EQ(server.connections(), 2U);
    one.close();
    EXPECT_EQ(loop.run(three.readline()), "x\n");  // It was asked before.
    EXPECT_EQ(server.connections(), 2U);
}

TEST(ServerLimit, AcceptsAgainWhenThereIsRoom)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(echo, localhost, 80, limited(1)));
    for (int i = 0; i < 10; ++i) {
        const Stream client = connect(loop, 80);
        EXPECT_EQ(answer_to(loop, client), "x\n");
        client.close();
        loop.run_until_idle();
        EXPECT_EQ(server.connections(), 0U);
        EXPECT_EQ(loop.open_descriptors(), 1U);
    }
}

TEST(ServerLimit, CountsAllAddressesTogether)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(echo, "localhost", 80, limited(1)));
    const Stream four = connect(loop, 80, "127.0.0.1");
    const Stream six = connect(loop, 80, "::1");
    const Stream six_too = connect(loop, 80, "::1");
    EXPECT_EQ(answer_to(loop, four), "x\n");
    EXPECT_EQ(answer_to(loop, six), "");
    EXPECT_EQ(server.connections(), 1U);
    four.close();
    EXPECT_EQ(loop.run(six.readline()), "x\n");
    EXPECT_EQ(answer_to(loop, six_too), "");
    six.close();
    EXPECT_EQ(loop.run(six_too.readline()), "x\n");
}

TEST(ServerLimit, HoldsInEveryOrderOfEvents)
{
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        VirtualLoop loop{seed};
        const Reports reports{loop};  // Of peers that leave before they have read all.
        const Server server = loop.run(start_server(echo, "localhost", 80, limited(3)));
        std::vector<Stream> clients;
        for (int i = 0; i < 20; ++i) {
            clients.push_back(connect(loop, 80, i % 2 == 0 ? "127.0.0.1" : "::1"));
        }
        while (!clients.empty()) {
            EXPECT_LE(server.connections(), 3U) << "seed " << seed;
            std::size_t answered = 0;
            for (const Stream& client : clients) {
                answered += answer_to(loop, client).empty() ? 0U : 1U;
            }
            EXPECT_EQ(answered, std::min<std::size_t>(clients.size(), 3)) << "seed " << seed;
            std::erase_if(clients, [&loop](const Stream& client) {
                const bool served = !answer_to(loop, client).empty();
                if (served) {
                    client.close();
                }
                return served;
            });
            loop.run_until_idle();
        }
        EXPECT_EQ(server.connections(), 0U) << "seed " << seed;
        EXPECT_EQ(loop.open_descriptors(), 2U) << "seed " << seed;
    }
}

TEST(ServerLimit, CountsAConnectionForAsLongAsItIsOpen)
{
    VirtualLoop loop;
    std::vector<Stream> kept;
    const Server server = loop.run(start_server(Keep{kept}, localhost, 80, limited(1)));
    const Stream one = connect(loop, 80);
    const Stream two = connect(loop, 80);
    loop.run_until_idle();
    ASSERT_EQ(kept.size(), 1U);  // Its handler has ended.
    EXPECT_EQ(server.connections(), 1U);
    kept.front().close();
    loop.run_until_idle();
    EXPECT_EQ(kept.size(), 2U);
}

/// Closes the connection, and takes a minute to tidy up.
Coroutine<> tidy_up(StreamReader, StreamWriter writer)
{
    writer.close();
    co_await sleep_ms(60'000);
}

TEST(ServerLimit, CountsAConnectionUntilItsHandlerHasEnded)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(tidy_up, localhost, 80, limited(1)));
    const Stream client = connect(loop, 80);
    loop.advance(59s);
    EXPECT_EQ(server.connections(), 1U);
    loop.advance(1s);
    EXPECT_EQ(server.connections(), 0U);
}

TEST(ServerLimit, WaitsAfterAnErrorThoughAConnectionLeaves)
{
    VirtualLoop loop;
    loop.loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
    const Server server = loop.run(start_server(echo, localhost, 80, limited(2)));
    const Stream one = connect(loop, 80);
    loop.fail("accept", EMFILE);
    loop.run_until_idle();
    const Stream two = connect(loop, 80);
    loop.run_until_idle();
    one.close();
    loop.run_until_idle();
    EXPECT_EQ(server.connections(), 0U);
    loop.advance(100ms);
    EXPECT_EQ(server.connections(), 1U);
}

TEST(ServerLimit, MayBeReachedWhenTheLoopIsClosed)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(echo, localhost, 80, limited(1)));
    const Stream one = connect(loop, 80);
    const Stream two = connect(loop, 80);
    loop.run_until_idle();
    loop.loop().close();
    EXPECT_EQ(loop.operations(), 0U);
}

TEST(ServerAccept, DoesNotSpinWhenASocketIsNonBlocking)
{
    VirtualLoop loop;
    for (int i = 0; i < 5; ++i) {
        loop.fail("accept", EAGAIN);
    }
    const Server server = loop.run(start_server(echo, localhost, 80));
    const Stream client = connect(loop, 80);
    loop.advance(2'499ms);  // 100 + 200 + 400 + 800 + 1000.
    EXPECT_EQ(server.connections(), 0U);
    loop.advance(1ms);
    EXPECT_EQ(server.connections(), 1U);
}

// How they end

TEST(ServerShutdown, WaitsForTheHandlers)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(echo, localhost, 80));
    const Stream client = connect(loop, 80);
    EXPECT_EQ(answer_to(loop, client), "x\n");
    const auto shutdown = loop.create_task(server.shutdown(10s));
    loop.advance(9s);
    EXPECT_FALSE(server.is_serving());
    EXPECT_FALSE(shutdown.done());
    EXPECT_EQ(answer_to(loop, client), "x\n");  // It goes on until its handler ends.
    client.close();
    loop.run_until_idle();
    ASSERT_TRUE(shutdown.done());
    EXPECT_EQ(shutdown.result(), 0U);
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

Coroutine<> say_goodbye(StreamReader reader, StreamWriter writer)
{
    try {
        (void)co_await reader.read();
    } catch (const CancelledError&) {
        writer.write("goodbye\n");
        throw;
    }
}

TEST(ServerShutdown, CancelsHandlersThatTakeTooLong)
{
    VirtualLoop loop;
    const Reports reports{loop};
    const Server server = loop.run(start_server(say_goodbye, localhost, 80));
    const Stream one = connect(loop, 80);
    const Stream two = connect(loop, 80);
    loop.run_until_idle();
    const auto shutdown = loop.create_task(server.shutdown(10s));
    loop.advance(9'999ms);
    EXPECT_EQ(server.connections(), 2U);
    loop.advance(1ms);
    ASSERT_TRUE(shutdown.done());
    EXPECT_EQ(shutdown.result(), 2U);
    EXPECT_EQ(server.connections(), 0U);
    EXPECT_EQ(loop.run(one.read()), "goodbye\n");
    EXPECT_EQ(loop.run(two.read()), "goodbye\n");
    EXPECT_EQ(reports.count, 0);
}

Coroutine<> never_end(StreamReader, StreamWriter)
{
    for (;;) {
        try {
            co_await sleep(3600.0);
        } catch (const CancelledError&) {
            // On purpose.
        }
    }
}

TEST(ServerShutdown, AbortsWhatDoesNotEndEvenThen)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(never_end, localhost, 80));
    const Stream client = connect(loop, 80);
    loop.run_until_idle();
    const auto shutdown = loop.create_task(server.shutdown(1.5));
    loop.advance(3'499ms);
    EXPECT_FALSE(shutdown.done());
    loop.advance(1ms);
    ASSERT_TRUE(shutdown.done());
    EXPECT_EQ(shutdown.result(), 1U);
    EXPECT_TRUE(starts_with(loop.run(thrown_by(client.read())), "OSError 104"));
}

TEST(ServerShutdown, ClosesConnectionsThatSomebodyKeeps)
{
    VirtualLoop loop;
    std::vector<Stream> kept;
    const Server server = loop.run(start_server(Keep{kept}, localhost, 80));
    const Stream client = connect(loop, 80);
    loop.run_until_idle();
    EXPECT_EQ(loop.run(server.shutdown(0s)), 0U);
    EXPECT_TRUE(kept.front().is_closing());
    EXPECT_EQ(loop.run(client.read()), "");
}

TEST(ServerShutdown, CanBeCancelledAndDoneAgain)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(echo, localhost, 80));
    const Stream client = connect(loop, 80);
    EXPECT_EQ(loop.run(thrown_by(wait_for_ms(server.shutdown(std::nullopt), 1000))),
              "TimeoutError");
    EXPECT_FALSE(server.is_serving());
    EXPECT_EQ(answer_to(loop, client), "x\n");
    client.close();
    EXPECT_EQ(loop.run(server.shutdown(std::nullopt)), 0U);
    EXPECT_EQ(loop.run(Server{}.shutdown(1s)), 0U);
}

/// A callback that ends its own server.
class End {
public:
    End(Server& server, std::string& trace) : server_{&server}, trace_{&trace} {}

    Coroutine<> operator()(StreamReader, StreamWriter) const
    {
        server_->close_clients();
        server_->abort_clients();
        *trace_ = co_await thrown_by(server_->shutdown(1s));
    }

private:
    Server* server_;
    std::string* trace_;
};

TEST(ServerShutdown, IsRefusedInAHandlerWhichWouldWaitForItself)
{
    VirtualLoop loop;
    Server server;
    std::string trace;
    server = loop.run(start_server(End{server, trace}, localhost, 80));
    const Stream client = connect(loop, 80);
    EXPECT_EQ(loop.run(client.read()), "");
    EXPECT_TRUE(starts_with(trace, "RuntimeError ")) << trace;
}

TEST(ServerCloseClients, SendsWhatIsWrittenAndReportsNothing)
{
    VirtualLoop loop;
    const Reports reports{loop};
    const Server server = loop.run(start_server(say_goodbye, localhost, 80));
    const Stream client = connect(loop, 80);
    loop.run_until_idle();
    server.close_clients();
    EXPECT_EQ(loop.run(client.read()), "goodbye\n");
    EXPECT_TRUE(server.is_serving());
    EXPECT_EQ(server.connections(), 0U);
    EXPECT_EQ(reports.count, 0);
}

TEST(ServerAbortClients, ResetsThemAndReportsNothing)
{
    VirtualLoop loop;
    const Reports reports{loop};
    const Server server = loop.run(start_server(echo, localhost, 80));
    const Stream client = connect(loop, 80);
    loop.run_until_idle();
    server.abort_clients();
    EXPECT_TRUE(starts_with(loop.run(thrown_by(client.read())), "OSError 104"));
    loop.run_until_idle();
    EXPECT_EQ(server.connections(), 0U);
    EXPECT_EQ(reports.count, 0);
    EXPECT_EQ(answer_to(loop, connect(loop, 80)), "x\n");
}

Coroutine<> yield() { co_await sleep_ms(0); }

TEST(ServerAbortClients, EndsAHandlerThatHasNotBegun)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(echo, localhost, 80));
    const auto client = loop.create_task(open_connection(localhost, 80));
    while (server.connections() == 0) {
        loop.run(yield());
    }
    server.abort_clients();
    loop.run_until_idle();
    EXPECT_EQ(server.connections(), 0U);
}

// Ports that are shared

TEST(ServerReusePort, ServesOnePortWithSeveralServers)
{
    VirtualLoop loop;
    ServerOptions options = limited(2);
    options.reuse_port = true;
    const Server one = loop.run(start_server(echo, localhost, 0, options));
    const Server two = loop.run(start_server(echo, localhost, one.port(), options));
    EXPECT_EQ(one.port(), two.port());
    std::vector<Stream> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(connect(loop, one.port()));
        EXPECT_EQ(answer_to(loop, clients.back()), "x\n");
    }
    EXPECT_EQ(one.connections(), 2U);
    EXPECT_EQ(two.connections(), 2U);
}

TEST(ServerReusePort, MustBeWantedByBoth)
{
    VirtualLoop loop;
    ServerOptions options;
    options.reuse_port = true;
    const Server server = loop.run(start_server(echo, localhost, 80, options));
    EXPECT_EQ(loop.run(thrown_by(start_server(echo, localhost, 80))),
              "OSError 98 cannot listen on '127.0.0.1:80': Address already in use");
    EXPECT_THROW((void)loop.run(start_unix_server(echo, "/run/x", options)), std::invalid_argument);
}

}  // namespace
}  // namespace asyncio::test
