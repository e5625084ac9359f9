#include "support/streams.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <functional>

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;
using Trace = std::vector<std::string>;

Coroutine<> echo(StreamReader reader, StreamWriter writer)
{
    for (;;) {
        const std::string line = co_await reader.readline();
        if (line.empty()) {
            break;
        }
        writer.write(line);
        co_await writer.drain();
    }
    writer.close();
    co_await writer.wait_closed();
}

void greet(StreamReader, StreamWriter writer) { writer.write("hello\n"); }

Coroutine<> fail_at_once(StreamReader, StreamWriter)
{
    throw std::runtime_error{"the lamp is broken"};
    co_return;
}

/// Connects, says something, and gives the answer.
Coroutine<std::string> ask(std::string host, int port, std::string question)
{
    auto [reader, writer] = co_await open_connection(host, port);
    writer.write(question);
    writer.write_eof();
    const std::string answer = co_await reader.read();
    writer.close();
    co_await writer.wait_closed();
    co_return answer;
}

/// Keeps what the loop's exception handler is told.
void keep_reports(VirtualLoop& loop, Trace& reports)
{
    loop.loop().set_exception_handler([&reports](Loop&, const ExceptionContext& context) {
        try {
            std::rethrow_exception(context.exception);
        } catch (const std::exception& error) {
            reports.push_back(context.future.name() + ": " + error.what());
        }
    });
}

TEST(Server, CallsACoroutineFunctionForEachConnection)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(echo, "127.0.0.1", 0));
    const auto first = loop.create_task(ask("127.0.0.1", server.port(), "one\n"));
    const auto second = loop.create_task(ask("127.0.0.1", server.port(), "two\n"));
    loop.run_until_idle();
    EXPECT_EQ(first.result(), "one\n");
    EXPECT_EQ(second.result(), "two\n");
    EXPECT_EQ(loop.open_descriptors(), 1U);
}

/// A callback that leaves a trace.
class TraceCall {
public:
    explicit TraceCall(Trace& trace) : trace_{&trace} {}

    void operator()(StreamReader, StreamWriter) const { trace_->push_back("handler"); }

private:
    Trace* trace_;
};

Coroutine<> trace_connect(Trace& trace)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", 80);
    trace.push_back("client");
    co_await writer.drain();
}

TEST(Server, CallsItsHandlerAfterAClientOnTheSameLoopHasGoneOn)
{
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Trace trace;
        VirtualLoop loop{seed};
        const Server server = loop.run(start_server(TraceCall{trace}, "127.0.0.1", 80));
        loop.run(trace_connect(trace));
        loop.run_until_idle();
        EXPECT_EQ(trace, (Trace{"client", "handler"})) << "seed " << seed;
    }
}

TEST(Server, CallsAPlainFunctionForEachConnection)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(greet, "127.0.0.1", 0));
    EXPECT_EQ(loop.run(ask("127.0.0.1", server.port(), "")), "hello\n");
    EXPECT_EQ(loop.run(ask("127.0.0.1", server.port(), "")), "hello\n");
}

Coroutine<int> count_lines(StreamReader reader, StreamWriter writer)
{
    int lines = 0;
    for (std::string line = co_await reader.readline(); !line.empty();) {
        ++lines;
        line = co_await reader.readline();
    }
    writer.write(std::to_string(lines));
    co_return lines;
}

TEST(Server, TakesEveryKindOfCallback)
{
    VirtualLoop loop;
    const std::string name = "a name that is too long to lie within its object";
    const auto tell = [name](StreamReader, StreamWriter writer) { writer.write(name); };
    const std::function<Coroutine<>(Stream, Stream)> function = echo;

    const Server one = loop.run(start_server(tell, "127.0.0.1", 0));
    EXPECT_EQ(loop.run(ask("127.0.0.1", one.port(), "")), name);
    const Server two = loop.run(start_server(function, "127.0.0.1", 0));
    EXPECT_EQ(loop.run(ask("127.0.0.1", two.port(), "x\n")), "x\n");
    const Server three = loop.run(start_server(count_lines, "127.0.0.1", 0));
    EXPECT_EQ(loop.run(ask("127.0.0.1", three.port(), "x\ny\n")), "2");
    const Server none = loop.run(start_server(nullptr, "127.0.0.1", 0));
    EXPECT_EQ(loop.run(ask("127.0.0.1", none.port(), "")), "");
}

/// A callback that is an object: the coroutine uses its members.
class Greeter {
public:
    explicit Greeter(std::string name) : name_{std::move(name)} {}

    Coroutine<> operator()(StreamReader reader, StreamWriter writer) const
    {
        const std::string line = co_await reader.readline();
        writer.write(name_ + line);
    }

private:
    std::string name_;
};

TEST(Server, KeepsItsCallbackUntilTheLastConnectionEnds)
{
    VirtualLoop loop;
    Server server = loop.run(start_server(Greeter{"a name that is long enough: "}, "127.0.0.1", 0));
    auto [reader, writer] = loop.run(open_connection("127.0.0.1", server.port()));
    loop.run_until_idle();
    server = Server{};

    writer.write("x\n");
    EXPECT_EQ(loop.run(reader.readline()), "a name that is long enough: x\n");
}

TEST(Server, ClosesTheConnectionOfAFailingHandlerAndReportsItOnce)
{
    Trace reports;
    VirtualLoop loop;
    keep_reports(loop, reports);
    const Server server = loop.run(start_server(fail_at_once, "127.0.0.1", 0));
    auto [reader, writer] = loop.run(open_connection("127.0.0.1", server.port()));
    const std::string peer = writer.get_extra_info("sockname").value();

    EXPECT_EQ(loop.run(reader.read()), "");
    loop.run_until_idle();
    EXPECT_EQ(reports, Trace{"connection from " + peer + ": the lamp is broken"});
    writer.close();
    loop.run_until_idle();
    EXPECT_EQ(loop.open_descriptors(), 1U);

    EXPECT_EQ(loop.run(ask("127.0.0.1", server.port(), "")), "");  // It still serves.
}

/// A callback that fails although somebody else has the stream too.
class KeepAndFail {
public:
    explicit KeepAndFail(Stream& kept) : kept_{&kept} {}

    void operator()(StreamReader reader, StreamWriter) const
    {
        *kept_ = reader;
        throw std::runtime_error{"no"};
    }

private:
    Stream* kept_;
};

TEST(Server, ClosesTheConnectionOfAFailingHandlerWhoeverHoldsIt)
{
    Trace reports;
    Stream kept;
    VirtualLoop loop;
    keep_reports(loop, reports);
    const Server server = loop.run(start_server(KeepAndFail{kept}, "127.0.0.1", 0));
    EXPECT_EQ(loop.run(ask("127.0.0.1", server.port(), "")), "");
    EXPECT_TRUE(kept.is_closing());
}

TEST(Server, ReportsAPlainFunctionThatThrowsToo)
{
    Trace reports;
    VirtualLoop loop;
    keep_reports(loop, reports);
    const auto fail = [](Stream, Stream) { throw std::runtime_error{"no"}; };
    const Server server = loop.run(start_server(fail, "127.0.0.1", 0));
    EXPECT_EQ(loop.run(ask("127.0.0.1", server.port(), "")), "");
    EXPECT_EQ(reports.size(), 1U);
}

TEST(Server, ReportsTheLineWhereItWasStarted)
{
    std::vector<std::uint_least32_t> lines;
    VirtualLoop loop;
    loop.loop().set_exception_handler([&lines](Loop&, const ExceptionContext& context) {
        lines.push_back(context.future.state().where().line());
    });
    const auto line = std::source_location::current().line() + 1;
    const Server server = loop.run(start_server(fail_at_once, "127.0.0.1", 0));
    loop.run(ask("127.0.0.1", server.port(), ""));
    EXPECT_EQ(lines, std::vector{line});
}

TEST(Server, LeavesAConnectionOpenForAsLongAsSomebodyHoldsIt)
{
    VirtualLoop loop;
    std::vector<Stream> kept;
    const Server server = loop.run(start_server(Keep{kept}, "127.0.0.1", 0));
    auto [reader, writer] = loop.run(open_connection("127.0.0.1", server.port()));
    loop.run_until_idle();
    ASSERT_EQ(kept.size(), 1U);
    kept.front().write("still here\n");
    EXPECT_EQ(loop.run(reader.readline()), "still here\n");

    kept.clear();
    EXPECT_EQ(loop.run(reader.readline()), "");
}

TEST(Server, ThatIsClosedGivesItsAddressBackAtOnceAndKeepsItsConnections)
{
    VirtualLoop loop;
    Server server = loop.run(start_server(echo, "127.0.0.1", 80));
    auto [reader, writer] = loop.run(open_connection("127.0.0.1", 80));
    loop.run_until_idle();

    server.close();
    server.close();
    EXPECT_FALSE(server.is_serving());
    EXPECT_TRUE(server.sockets().empty());
    Server next = loop.run(start_server(greet, "127.0.0.1", 80));
    writer.write("x\n");
    EXPECT_EQ(loop.run(reader.readline()), "x\n");
    EXPECT_EQ(loop.run(ask("127.0.0.1", 80, "")), "hello\n");
}

TEST(Server, ClosesWhenItsScopeEnds)
{
    VirtualLoop loop;
    {
        const Server server = loop.run(start_server(echo, "127.0.0.1", 80));
        EXPECT_EQ(loop.run(ask("127.0.0.1", 80, "x\n")), "x\n");
    }
    EXPECT_EQ(loop.run(thrown_by(open_connection("127.0.0.1", 80))).substr(0, 12), "OSError 111 ");
    EXPECT_EQ(loop.operations(), 0U);
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

TEST(Server, ThatCannotListenSaysWhere)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(echo, "127.0.0.1", 80));
    EXPECT_EQ(loop.run(thrown_by(start_server(echo, "127.0.0.1", 80))),
              "OSError 98 cannot listen on '127.0.0.1:80': Address already in use");
    EXPECT_EQ(loop.open_descriptors(), 1U);
    EXPECT_THROW((void)loop.run(start_server(echo, "127.0.0.1", 70'000)), std::invalid_argument);
}

TEST(Server, ListensOnAllAddressesOfLocalhostWithOnePort)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(echo, "localhost", 0));
    const std::string port = std::to_string(server.port());
    EXPECT_NE(server.port(), 0);
    EXPECT_EQ(server.sockets(), (std::vector<std::string>{"[::1]:" + port, "127.0.0.1:" + port}));
    EXPECT_EQ(loop.run(ask("127.0.0.1", server.port(), "four\n")), "four\n");
    EXPECT_EQ(loop.run(ask("::1", server.port(), "six\n")), "six\n");
}

TEST(Server, ListensOnAllInterfacesWithoutAHost)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(echo, "", 80));
    EXPECT_EQ(server.sockets(), (std::vector<std::string>{"[::]:80", "0.0.0.0:80"}));
    EXPECT_EQ(loop.run(ask("127.0.0.1", 80, "x\n")), "x\n");
}

TEST(ServerWaitClosed, WaitsForClose)
{
    VirtualLoop loop;
    Trace trace;
    Server server = loop.run(start_server(echo, "127.0.0.1", 80));
    loop.create_task(trace_end(trace, server.wait_closed()));
    loop.create_task(trace_end(trace, server.serve_forever()));
    loop.advance(1h);
    EXPECT_TRUE(trace.empty());

    server.close();
    loop.run_until_idle();
    EXPECT_EQ(trace, (Trace{"nothing", "nothing"}));
    EXPECT_EQ(loop.run(thrown_by(server.wait_closed())), "nothing");
    EXPECT_EQ(loop.run(thrown_by(Server{}.wait_closed())), "nothing");
}

TEST(ServerWaitClosed, ClosesTheServerWhenItIsCancelled)
{
    VirtualLoop loop;
    Server server = loop.run(start_server(echo, "127.0.0.1", 80));
    EXPECT_EQ(loop.run(thrown_by(wait_for_ms(server.serve_forever(), 10))), "TimeoutError");
    EXPECT_FALSE(server.is_serving());
    (void)loop.run(start_server(echo, "127.0.0.1", 80));
}

// Errors of accept

TEST(ServerAccept, BacksOffWithoutDescriptorsAndRecovers)
{
    Trace reports;
    VirtualLoop loop;
    keep_reports(loop, reports);
    for (int i = 0; i < 6; ++i) {
        loop.fail("accept", EMFILE);
    }
    const Server server = loop.run(start_server(echo, "127.0.0.1", 80));
    const auto answer = loop.create_task(ask("127.0.0.1", 80, "x\n"));

    loop.advance(3'499ms);  // 100 + 200 + 400 + 800 + 1000 + 1000.
    EXPECT_FALSE(answer.done());
    EXPECT_EQ(loop.operations(), 1U);  // The client's read: nothing spins.
    loop.advance(1ms);
    ASSERT_TRUE(answer.done());
    EXPECT_EQ(answer.result(), "x\n");
    EXPECT_EQ(reports, Trace{"server 127.0.0.1:80: cannot accept connections on '127.0.0.1:80', "
                             "trying again: Too many open files"});
}

TEST(ServerAccept, BacksOffFromAnErrorThatDoesNotEnd)
{
    Trace reports;
    VirtualLoop loop;
    keep_reports(loop, reports);
    for (int i = 0; i < 102; ++i) {
        loop.fail("accept", EPERM);  // A firewall's, or that of a process that may not accept.
    }
    const Server server = loop.run(start_server(echo, "127.0.0.1", 80));
    const auto answer = loop.create_task(ask("127.0.0.1", 80, "x\n"));
    loop.advance(299ms);  // 100 + 200.
    EXPECT_FALSE(answer.done());
    EXPECT_EQ(loop.operations(), 1U);
    loop.advance(1ms);
    ASSERT_TRUE(answer.done());
    EXPECT_EQ(answer.result(), "x\n");
    EXPECT_EQ(reports, Trace{"server 127.0.0.1:80: cannot accept connections on '127.0.0.1:80', "
                             "trying again: Operation not permitted"});
}

TEST(ServerAccept, CanBeClosedWhileItBacksOff)
{
    Trace reports;
    VirtualLoop loop;
    keep_reports(loop, reports);
    loop.fail("accept", ENFILE);
    Server server = loop.run(start_server(echo, "127.0.0.1", 80));
    loop.advance(50ms);
    server.close();
    EXPECT_EQ(loop.run(thrown_by(server.wait_closed())), "nothing");
    loop.advance(1h);
    EXPECT_EQ(loop.operations(), 0U);
    EXPECT_EQ(loop.open_descriptors(), 0U);
}

TEST(ServerAccept, ForgetsAPeerThatLeftAlready)
{
    Trace reports;
    VirtualLoop loop;
    keep_reports(loop, reports);
    loop.fail("accept", ECONNABORTED);
    const Server server = loop.run(start_server(echo, "127.0.0.1", 80));
    EXPECT_EQ(loop.run(ask("127.0.0.1", 80, "x\n")), "x\n");
    EXPECT_TRUE(reports.empty());
    EXPECT_EQ(loop.now(), 0ms);
}

TEST(ServerAccept, ClosesConnectionsThatComeTooLate)
{
    VirtualLoop loop;
    std::vector<Stream> kept;
    Server server = loop.run(start_server(Keep{kept}, "127.0.0.1", 80));
    const auto client = loop.create_task(open_connection("127.0.0.1", 80));
    loop.run_until_idle();
    server.close();
    kept.clear();
    loop.run_until_idle();
    EXPECT_EQ(loop.open_descriptors(), 1U);
    EXPECT_EQ(loop.run(client.result().first.read()), "");
}

TEST(Server, IsClosedWithItsLoop)
{
    VirtualLoop loop;
    const Server server = loop.run(start_server(echo, "127.0.0.1", 80));
    auto [reader, writer] = loop.run(open_connection("127.0.0.1", 80));
    loop.run_until_idle();
    loop.loop().close();
    EXPECT_EQ(loop.operations(), 0U);
}

TEST(Server, MayOutliveItsLoop)
{
    Server server;
    EXPECT_EQ(server.port(), 0);
    EXPECT_FALSE(server.is_serving());
    {
        VirtualLoop loop;
        server = loop.run(start_server(echo, "127.0.0.1", 80));
        EXPECT_EQ(server.port(), 80);
    }
    server.close();
}

}  // namespace
}  // namespace asyncio::test
