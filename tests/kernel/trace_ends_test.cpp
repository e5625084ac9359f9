// The same for how connections end, and for what is no plain TCP: what tasks see is equal on
// io_uring, on epoll and in the simulation.

#include "support/every_backend.hpp"
#include "support/temporary_directory.hpp"
#include "support/tls.hpp"

#include <asyncio/datagram.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace asyncio::test {
namespace {

/// "OSError 104" of a longer text.
std::string number_of(const std::string& end) { return end.substr(0, end.find(' ', 9)); }

Coroutine<> read_to_the_end(Trace& trace, Stream stream)
{
    const std::string end = co_await thrown_by(stream.readexactly(100));
    trace.push_back(number_of(end));
}

Coroutine<> abort_one_end(Trace& trace, Ends ends)
{
    const Task<> reader = create_task(read_to_the_end(trace, ends.client));
    ends.server.write("hello");
    co_await sleep_ms(20);
    ends.server.abort();
    co_await reader;
}

Coroutine<> abort_tcp(Trace& trace)
{
    const Ends ends = co_await connect_ends();
    co_await abort_one_end(trace, ends);
}

TEST(Traces, OfAnAbortedConnectionAreEqual) { expect_trace_everywhere(abort_tcp, {"OSError 104"}); }

Coroutine<Ends> connect_unix_ends(std::string path)
{
    std::vector<Stream> accepted;
    const Keep keep{accepted};
    const Server server = co_await start_unix_server(keep, path);
    auto [client, same] = co_await open_unix_connection(path);
    while (accepted.empty()) {
        co_await sleep_ms(0);
    }
    co_return Ends{client, accepted.front()};
}

Coroutine<> abort_unix(Trace& trace)
{
    const TemporaryDirectory directory;
    const Ends ends = co_await connect_unix_ends(directory.path("socket"));
    co_await abort_one_end(trace, ends);

    const Ends others = co_await connect_unix_ends(directory.path("socket"));
    Stream client = others.client;
    client.write("nobody reads this");
    co_await sleep_ms(20);
    co_await abort_one_end(trace, others);
}

TEST(Traces, OfAnAbortedUnixConnectionAreEqual)
{
    expect_trace_everywhere(abort_unix, {"EOFError hello", "OSError 104"});
}

Coroutine<> echo_lines(StreamReader reader, StreamWriter writer)
{
    for (;;) {
        const std::string line = co_await reader.readline();
        if (line.empty()) {
            break;
        }
        writer.writelines({"you said ", line});
    }
    writer.close();
}

Coroutine<> ask_twice(Trace& trace, Stream stream)
{
    for (const char* const question : {"one\n", "two\n"}) {
        stream.write(question);
        const std::string answer = co_await stream.readline();
        trace.push_back(answer);
    }
    stream.write_eof();
    const std::string rest = co_await stream.read();
    trace.push_back("rest '" + rest + "'");
    stream.close();
    co_await stream.wait_closed();
}

Coroutine<> talk_over_unix(Trace& trace)
{
    const TemporaryDirectory directory;
    const Server server = co_await start_unix_server(echo_lines, directory.path("socket"));
    auto [stream, same] = co_await open_unix_connection(directory.path("socket"));
    co_await ask_twice(trace, stream);
}

TEST(Traces, OfAConversationOverAUnixSocketAreEqual)
{
    expect_trace_everywhere(talk_over_unix, {"you said one\n", "you said two\n", "rest ''"});
}

Coroutine<> talk_over_tls(Trace& trace)
{
    const Server server = co_await start_server(echo_lines, "127.0.0.1", 0, 5, server_context());
    auto [stream, same] = co_await open_connection("127.0.0.1", server.port(), client_context());
    co_await ask_twice(trace, stream);
}

TEST(Traces, OfAConversationOverTlsAreEqual)
{
    expect_trace_everywhere(talk_over_tls, {"you said one\n", "you said two\n", "rest ''"});
}

Coroutine<> be_refused_by_tls(Trace& trace)
{
    const Server server = co_await start_server(echo_lines, "127.0.0.1", 0, 5, server_context());
    const std::string end = co_await thrown_by(
        open_connection("127.0.0.1", server.port(), client_context(other_authority())));
    trace.push_back(end.substr(end.rfind(": ")));
}

TEST(Traces, OfACertificateOfAnUnknownAuthorityAreEqual)
{
    Trace expected;
    {
        VirtualLoop loop;
        loop.run(be_refused_by_tls(expected));
    }
    ASSERT_EQ(expected.size(), 1U);
    expect_trace_everywhere(be_refused_by_tls, expected);
}

DatagramOptions at_loopback()
{
    DatagramOptions options;
    options.local_addr.emplace("127.0.0.1", 0);
    return options;
}

Coroutine<> send_datagrams(Trace& trace)
{
    const DatagramSocket one = co_await open_datagram(at_loopback());
    const DatagramSocket other = co_await open_datagram(at_loopback());
    const SocketAddress there{"127.0.0.1", other.port()};
    co_await one.send_to("first", there);
    co_await one.send_to("", there);
    co_await one.send_to("longer than that", there);
    for (int i = 0; i < 3; ++i) {
        const Datagram got = co_await other.receive_from(6);
        trace.push_back("'" + got.data + (got.truncated ? "' cut" : "'"));
    }
    const std::string late = co_await thrown_by(wait_for_ms(other.receive_from(), 20));
    trace.push_back(late);
    one.close();
    const std::string closed = co_await thrown_by(one.receive_from());
    trace.push_back(number_of(closed));
}

TEST(Traces, OfDatagramsAreEqual)
{
    expect_trace_everywhere(send_datagrams,
                            {"'first'", "''", "'longer' cut", "TimeoutError", "OSError 9"});
}

Coroutine<> visit_for(Trace& trace, int port, std::string name, std::int64_t ms)
{
    auto [stream, same] = co_await open_connection("127.0.0.1", port);
    stream.write(name + "\n");
    const std::string answer = co_await stream.readline();
    trace.push_back(answer);
    co_await sleep_ms(ms);
    stream.close();
    co_await stream.wait_closed();
}

Coroutine<> visit_a_full_server(Trace& trace)
{
    ServerOptions options;
    options.max_connections = 1;
    const Server server = co_await start_server(echo_lines, "127.0.0.1", 0, options);
    const Task<> first = create_task(visit_for(trace, server.port(), "first", 60));
    co_await sleep_ms(20);
    const Task<> second = create_task(visit_for(trace, server.port(), "second", 0));
    co_await sleep_ms(20);
    trace.emplace_back("only one");
    co_await first;
    co_await second;
    trace.emplace_back("both");
}

TEST(Traces, OfAServerWithALimitAreEqual)
{
    expect_trace_everywhere(visit_a_full_server,
                            {"you said first\n", "only one", "you said second\n", "both"});
}

}  // namespace
}  // namespace asyncio::test
