// What each task sees, in order, is the same on io_uring, on epoll and in the simulation, whatever
// the simulation draws for what the kernel leaves open.

#include "support/every_backend.hpp"
#include "support/streams.hpp"

#include <asyncio/loop_handle.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace asyncio::test {
namespace {

// --- Streams --------------------------------------------------------------------------------

/// A server's callback that answers each line until the end, and leaves a trace.
class Echo {
public:
    explicit Echo(Trace& trace) : trace_{&trace} {}

    Coroutine<> operator()(Stream reader, Stream writer) const
    {
        return serve(*trace_, reader, writer);
    }

private:
    static Coroutine<> serve(Trace& trace, Stream reader, Stream writer)
    {
        for (;;) {
            const std::string line = co_await reader.readline();
            if (line.empty()) {
                break;
            }
            trace.push_back("server got " + line.substr(0, line.size() - 1));
            writer.write("echo " + line);
            co_await writer.drain();
        }
        trace.push_back("server got the end");
        writer.close();
        co_await writer.wait_closed();
    }

    Trace* trace_;
};

Coroutine<> echo(Trace& trace)
{
    const Server server = co_await start_server(Echo{trace}, "127.0.0.1", 0);
    auto [reader, writer] = co_await open_connection("127.0.0.1", server.port());
    for (const char* const line : {"one\n", "two\n", "three\n"}) {
        writer.write(line);
        const std::string answer = co_await reader.readline();
        trace.push_back("client got " + answer.substr(0, answer.size() - 1));
    }
    writer.write_eof();
    const std::string rest = co_await reader.read();
    trace.push_back("client got the end after '" + rest + "'");
}

TEST(Traces, OfAnEchoAreEqual)
{
    expect_trace_everywhere(echo,
                            {"server got one", "client got echo one", "server got two",
                             "client got echo two", "server got three", "client got echo three",
                             "server got the end", "client got the end after ''"});
}

Coroutine<> read_and_tell(Trace& trace, Stream stream, std::int64_t count)
{
    try {
        const std::string bytes = co_await stream.readexactly(count);
        trace.push_back("read " + bytes);
    } catch (const CancelledError&) {
        trace.emplace_back("read cancelled");
        throw;
    } catch (const EOFError& error) {
        trace.push_back("end after " + error.partial);
    }
}

Coroutine<> cancelled_reads(Trace& trace)
{
    const Ends ends = co_await connect_ends();
    const Task<> waiting = create_task(read_and_tell(trace, ends.server, 4));
    co_await sleep_ms(20);
    waiting.cancel();
    co_await sleep_ms(20);
    trace.emplace_back(waiting.cancelled() ? "cancelled" : "not cancelled");

    Stream client = ends.client;
    client.write("abcd");
    co_await read_and_tell(trace, ends.server, 2);
    const std::string late =
        co_await thrown_by(wait_for_ms(read_and_tell(trace, ends.server, 3), 20));
    trace.push_back(late);
    client.write("ef");
    co_await read_and_tell(trace, ends.server, 4);
    client.write("gh");
    client.close();
    co_await read_and_tell(trace, ends.server, 5);
}

TEST(Traces, OfReadsThatAreCancelledOrTooLateAreEqual)
{
    expect_trace_everywhere(cancelled_reads,
                            {"read cancelled", "cancelled", "read ab", "read cancelled",
                             "TimeoutError", "read cdef", "end after gh"});
}

Coroutine<> use_closed(Trace& trace)
{
    Ends ends = co_await connect_ends();
    const Task<> reader = create_task(read_and_tell(trace, ends.server, 1));
    ends.client.write("last words");
    ends.client.close();
    co_await ends.client.wait_closed();
    co_await reader;
    trace.push_back(thrown([&ends] { ends.client.write("x"); }).substr(0, 10));
    const std::string rest = co_await ends.server.read();
    trace.push_back(rest);
    // The peer is gone: the first write is answered with a reset, a later one tells.
    std::string end = "nothing";
    for (int i = 0; i < 10 && end == "nothing"; ++i) {
        ends.server.write("y");
        end = co_await thrown_by(ends.server.drain());
        if (end == "nothing") {
            co_await sleep_ms(5);
            end = thrown([&ends] { ends.server.write("z"); });
        }
    }
    trace.push_back(end.substr(0, 8));
}

TEST(Traces, OfAClosedConnectionAreEqual)
{
    expect_trace_everywhere(use_closed, {"read l", "OSError 9 ", "ast words", "OSError "});
}

Coroutine<> send_all(Stream stream, std::string bytes, Trace& trace)
{
    stream.write(bytes);
    co_await stream.drain();
    trace.emplace_back("drained");
    stream.write_eof();
}

Coroutine<> bulk(Trace& trace)
{
    const Ends ends = co_await connect_ends();
    const std::string bytes = pattern(16'000'000);
    const Task<> sender = create_task(send_all(ends.client, bytes, trace));
    co_await sleep_ms(20);
    trace.emplace_back(sender.done() ? "sent too soon" : "held back");
    Stream server = ends.server;
    const std::string received = co_await server.read();
    trace.emplace_back(received == bytes ? "all there" : "something is missing");
}

TEST(Traces, OfMoreThanASocketTakesAreEqual)
{
    expect_trace_everywhere(bulk, {"held back", "drained", "all there"});
}

Coroutine<> yield_until(const bool& stop)
{
    while (!stop) {
        co_await sleep_ms(0);
    }
}

Coroutine<> read_beside_a_busy_task(Trace& trace)
{
    const Ends ends = co_await connect_ends();
    bool stop = false;
    const Task<> busy = create_task(yield_until(stop));
    const Task<> reader = create_task(read_and_tell(trace, ends.server, 5));
    for (int i = 0; i < 10; ++i) {
        co_await sleep_ms(0);
    }
    Stream client = ends.client;
    client.write("hello");
    co_await reader;
    stop = true;
    co_await busy;
}

TEST(Traces, OfAReadBesideATaskThatIsAlwaysReadyAreEqual)
{
    expect_trace_everywhere(read_beside_a_busy_task, {"read hello"});
}

Coroutine<> say_hello(Trace& trace, Stream stream, std::string from)
{
    trace.push_back("accepted " + from);
    stream.write("hello\n");
    co_return;
}

class Greeter {
public:
    explicit Greeter(Trace& trace) : trace_{&trace} {}
    Coroutine<> operator()(Stream reader, Stream) const { return greet(*trace_, reader); }

private:
    static Coroutine<> greet(Trace& trace, Stream stream)
    {
        const std::string name = co_await stream.readline();
        co_await say_hello(trace, stream, name.substr(0, name.size() - 1));
    }

    Trace* trace_;
};

Coroutine<> visit(Trace& trace, int port, std::string name)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port);
    writer.write(name + "\n");
    const std::string answer = co_await reader.readline();
    trace.push_back(name + " got " + answer.substr(0, answer.size() - 1));
}

Coroutine<> accept_and_stop(Trace& trace)
{
    Server server = co_await start_server(Greeter{trace}, "127.0.0.1", 0);
    const int port = server.port();
    for (const char* const name : {"ann", "bob", "cy"}) {
        co_await visit(trace, port, name);
    }
    server.close();
    co_await server.wait_closed();
    const std::string end = co_await thrown_by(visit(trace, port, "dan"));
    trace.push_back(end.substr(0, 11));
    const Server again = co_await start_server(Greeter{trace}, "127.0.0.1", port);
    co_await visit(trace, port, "eve");
}

TEST(Traces, OfAServerThatClosesAndComesBackAreEqual)
{
    expect_trace_everywhere(accept_and_stop, {"accepted ann", "ann got hello", "accepted bob",
                                              "bob got hello", "accepted cy", "cy got hello",
                                              "OSError 111", "accepted eve", "eve got hello"});
}

Coroutine<> await_task(Task<> task) { co_await task; }

Coroutine<> cancel_connect(Trace& trace)
{
    std::string end = co_await thrown_by(start_server(nullptr, "999.0.0.1", 0));
    trace.push_back(end.substr(0, 7));
    const Server server = co_await start_server(nullptr, "127.0.0.1", 0);
    const Task<> visitor = create_task(visit(trace, server.port(), "never"));
    visitor.cancel();  // Before it has begun.
    end = co_await thrown_by(await_task(visitor));
    trace.push_back(end);
}

TEST(Traces, OfACancelledConnectAreEqual)
{
    expect_trace_everywhere(cancel_connect, {"OSError", "CancelledError"});
}

// --- Flags and threads ----------------------------------------------------------------------

Coroutine<> wait_and_tell(Trace& trace, ThreadSafeFlag& flag, std::string name)
{
    try {
        co_await flag.wait();
        trace.push_back(name + " woke");
    } catch (const CancelledError&) {
        trace.push_back(name + " cancelled");
        throw;
    }
}

Coroutine<> flags(Trace& trace)
{
    ThreadSafeFlag flag;
    const Task<> first = create_task(wait_and_tell(trace, flag, "first"));
    co_await sleep_ms(20);
    std::thread{[&flag] { flag.set(); }}.join();
    co_await first;
    const Task<> second = create_task(wait_and_tell(trace, flag, "second"));
    co_await sleep_ms(20);
    second.cancel();
    co_await sleep_ms(20);
    flag.set();
    co_await wait_and_tell(trace, flag, "third");
    const std::string end =
        co_await thrown_by(wait_for_ms(wait_and_tell(trace, flag, "fourth"), 20));
    trace.push_back(end);
}

TEST(Traces, OfAFlagAreEqual)
{
    expect_trace_everywhere(flags, {"first woke", "second cancelled", "third woke",
                                    "fourth cancelled", "TimeoutError"});
}

Coroutine<> calls_of_threads(Trace& trace)
{
    const LoopHandle loop = get_event_loop().handle();
    for (const char* const name : {"one", "two", "three"}) {
        std::thread{[&] {
            loop.call_soon_threadsafe([&trace, name] { trace.emplace_back(name); });
            loop.call_soon_threadsafe([&trace, name] { trace.push_back(name + std::string{"!"}); });
        }}.join();
    }
    trace.emplace_back("posted");
    while (trace.size() < 7) {
        co_await sleep_ms(1);
    }
    const int answer = co_await to_thread([] { return 42; });
    trace.push_back(std::to_string(answer));
}

TEST(Traces, OfCallsOfOtherThreadsAreEqual)
{
    expect_trace_everywhere(calls_of_threads,
                            {"posted", "one", "one!", "two", "two!", "three", "three!", "42"});
}

// --- Timers and the end ---------------------------------------------------------------------

Coroutine<> timers(Trace& trace)
{
    const Task<> late = create_task(note_after(trace, "late", 40));
    const Task<> early = create_task(note_after(trace, "early", 20));
    const Task<> busy = create_task(step(trace, "busy", 2));
    const Task<> same = create_task(note_after(trace, "a turn", 0));
    co_await gather(late, early, busy, same);
    const std::string end = co_await thrown_by(wait_for_ms(note_after(trace, "never", 60'000), 5));
    trace.push_back(end);
}

TEST(Traces, OfTimersAreEqual)
{
    expect_trace_everywhere(timers,
                            {"busy 0", "busy 1", "a turn", "early", "late", "TimeoutError"});
}

Coroutine<> stay(Trace& trace, Stream stream, std::string name)
{
    const Farewell farewell{trace, name};
    const std::string end = co_await thrown_by(stream.read());
    trace.push_back(name + " " + end);
    co_await sleep_ms(1);
    trace.push_back(name + " cleaned up");
}

Coroutine<> leave_tasks(Trace& trace)
{
    const Ends ends = co_await connect_ends();
    create_task(stay(trace, ends.server, "server"));
    create_task(stay(trace, ends.client, "client"));
    co_await sleep_ms(20);
    trace.emplace_back("leaving");
}

TEST(Traces, OfALoopThatClosesAreEqual)
{
    expect_trace_everywhere(leave_tasks,
                            {"leaving", "server CancelledError", "client CancelledError",
                             "server cleaned up", "~server", "client cleaned up", "~client"});
}

}  // namespace
}  // namespace asyncio::test
