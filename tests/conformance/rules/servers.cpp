// Rows 168 to 181: servers.

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

namespace conformance {
namespace {

using asyncio::Server;
using asyncio::Stream;

asyncio::Coroutine<> echo(Stream reader, Stream writer)
{
    const std::string byte = co_await reader.readexactly(1);
    writer.write(byte);
    co_await writer.drain();
    writer.close();
}

asyncio::Coroutine<> fails(Stream, Stream)
{
    throw ValueError{"1"};
    co_return;
}

void greets(Stream, Stream writer)
{
    writer.write("hello");
    writer.close();
}

asyncio::Coroutine<std::string> ask(std::string host, int port)
{
    const auto [reader, writer] = co_await asyncio::open_connection(host, port);
    writer.write("x");
    std::string answer;
    try {
        answer = co_await reader.read();
    } catch (const asyncio::OSError&) {
        answer = "reset";
    }
    writer.close();
    co_await writer.wait_closed();
    co_return answer;
}

asyncio::Coroutine<int> listen_error(int port)
{
    int error = 0;
    try {
        (void)co_await asyncio::start_server(echo, "127.0.0.1", port);
    } catch (const asyncio::OSError& failure) {
        error = failure.code().value();
    }
    co_return error;
}

asyncio::Coroutine<> listens_before_it_returns()
{
    const Server server = co_await asyncio::start_server(echo, "127.0.0.1", 0);
    const int error = co_await listen_error(server.port());
    EXPECT_EQ(error, EADDRINUSE);
    const std::string answer = co_await ask("127.0.0.1", server.port());
    EXPECT_EQ(answer, "x");
}

asyncio::Coroutine<> all_hosts()
{
    for (const char* host : {"127.0.0.1", "::1", "localhost"}) {
        const Server server = co_await asyncio::start_server(echo, host, 0, 5);
        const std::string answer = co_await ask(host, server.port());
        EXPECT_EQ(answer, "x") << host;
    }
}

asyncio::Coroutine<> waits_for_all(Stream reader, Stream writer, int* present, asyncio::Event* all)
{
    if (++*present == 3) {
        all->set();
    }
    co_await all->wait();
    co_await echo(std::move(reader), std::move(writer));
}

asyncio::Coroutine<> each_connection_has_its_task()
{
    int present = 0;
    asyncio::Event all;
    const auto handler = [&present, &all](Stream reader, Stream writer) {
        return waits_for_all(std::move(reader), std::move(writer), &present, &all);
    };
    const Server server = co_await asyncio::start_server(handler, "127.0.0.1", 0);
    const int port = server.port();
    const auto [a, b, c] = co_await asyncio::gather(ask("127.0.0.1", port), ask("127.0.0.1", port),
                                                    ask("127.0.0.1", port));
    EXPECT_EQ(a + b + c, "xxx");
}

asyncio::Coroutine<> plain_callbacks()
{
    const Server greeter = co_await asyncio::start_server(greets, "127.0.0.1", 0);
    const Server refuser = co_await asyncio::start_server(nullptr, "127.0.0.1", 0);
    for (int i = 0; i < 2; ++i) {
        const auto [reader, writer] =
            co_await asyncio::open_connection("127.0.0.1", greeter.port());
        const std::string greeting = co_await reader.read();
        EXPECT_EQ(greeting, "hello");
        const std::string nothing = co_await ask("127.0.0.1", refuser.port());
        EXPECT_TRUE(nothing.empty() || nothing == "reset") << nothing;
    }
}

asyncio::Coroutine<> failing_handlers(int* reports)
{
    asyncio::get_event_loop().set_exception_handler(
        [reports](asyncio::Loop&, const asyncio::ExceptionContext& context) {
            *reports += repr(context.exception) == "ValueError(1)";
        });
    Server server = co_await asyncio::start_server(fails, "127.0.0.1", 0);
    for (int i = 0; i < 3; ++i) {
        const std::string answer = co_await ask("127.0.0.1", server.port());
        EXPECT_TRUE(answer.empty() || answer == "reset") << answer;
    }
    server.close();
    co_await asyncio::sleep_ms(20);
    if (virtual_loop() != nullptr) {
        EXPECT_EQ(virtual_loop()->open_descriptors(), 0U);
    }
}

asyncio::Coroutine<> no_descriptors_for_a_while(int* reports)
{
    asyncio::get_event_loop().set_exception_handler(
        [reports](asyncio::Loop&, const asyncio::ExceptionContext&) { ++*reports; });
    const Server server = co_await asyncio::start_server(echo, "127.0.0.1", 0);
    virtual_loop()->fail("accept", EMFILE, 1);
    virtual_loop()->fail("accept", EMFILE, 1);
    const auto start = now();
    const std::string answer = co_await ask("127.0.0.1", server.port());
    EXPECT_EQ(answer, "x");
    EXPECT_LE(ms_since(start), 5000);
}

asyncio::Coroutine<> close_frees_the_address()
{
    Server server = co_await asyncio::start_server(echo, "127.0.0.1", 0);
    const int port = server.port();
    server.close();
    EXPECT_FALSE(server.is_serving());
    const int error = co_await listen_error(port);
    EXPECT_EQ(error, 0);
    server.close();  // Harmless.
    co_await server.wait_closed();
    co_await server.wait_closed();
}

asyncio::Coroutine<> connections_go_on()
{
    Server server = co_await asyncio::start_server(echo, "127.0.0.1", 0);
    const auto [reader, writer] = co_await asyncio::open_connection("127.0.0.1", server.port());
    co_await asyncio::sleep_ms(20);  // It is accepted.
    server.close();
    co_await server.wait_closed();
    writer.write("x");
    const std::string answer = co_await reader.read();
    EXPECT_EQ(answer, "x");
}

asyncio::Coroutine<> waits_closed(const Server* server) { co_await server->wait_closed(); }

asyncio::Coroutine<> wait_closed_serves()
{
    Server server = co_await asyncio::start_server(echo, "127.0.0.1", 0);
    const asyncio::Task<> serving = asyncio::create_task(waits_closed(&server));
    const std::string answer = co_await ask("127.0.0.1", server.port());
    EXPECT_EQ(answer, "x");
    EXPECT_FALSE(serving.done());
    serving.cancel();
    co_await yield(3);
    EXPECT_TRUE(serving.cancelled());
    EXPECT_FALSE(server.is_serving());

    Server other = co_await asyncio::start_server(echo, "127.0.0.1", 0);
    const asyncio::Task<> waiting = asyncio::create_task(waits_closed(&other));
    co_await asyncio::sleep_ms(1);
    other.close();
    co_await waiting;  // No CancelledError.
}

asyncio::Coroutine<int> serve_in_a_scope(bool fail)
{
    const Server server = co_await asyncio::start_server(echo, "127.0.0.1", 0);
    if (fail) {
        throw ValueError{text(server.port())};
    }
    co_return server.port();
}

asyncio::Coroutine<> a_scope_closes_the_server()
{
    const int port = co_await serve_in_a_scope(false);
    const int error = co_await listen_error(port);
    EXPECT_EQ(error, 0);
    int other_port = 0;
    try {
        co_await serve_in_a_scope(true);
    } catch (const ValueError& failure) {
        other_port = std::stoi(failure.what());
    }
    const int other_error = co_await listen_error(other_port);
    EXPECT_EQ(other_error, 0);
}

asyncio::Coroutine<> says_where_it_listens()
{
    const Server server = co_await asyncio::start_server(echo, "127.0.0.1", 0);
    EXPECT_NE(server.port(), 0);
    EXPECT_EQ(server.sockets(), std::vector<std::string>{"127.0.0.1:" + text(server.port())});
}

asyncio::Coroutine<> starts_and_waits()
{
    const Server server = co_await asyncio::start_server(echo, "127.0.0.1", 0);
    co_await server.wait_closed();
}

asyncio::Coroutine<> cancelled_while_starting()
{
    for (int turns = 0; turns < 5; ++turns) {
        const asyncio::Task<> task = asyncio::create_task(starts_and_waits());
        co_await yield(turns);
        task.cancel();
        co_await yield(5);
        EXPECT_TRUE(task.cancelled()) << turns;
        if (virtual_loop() != nullptr) {
            EXPECT_EQ(virtual_loop()->open_descriptors(), 0U) << turns;
        }
    }
}

}  // namespace

RULE(AServerListensBeforeStartServerReturns, 168) { asyncio::run(listens_before_it_returns()); }
RULE(AServerListensOnNamesAndBothFamilies, 169) { asyncio::run(all_hosts()); }
RULE(EachConnectionHasItsTask, 170) { asyncio::run(each_connection_has_its_task()); }
RULE(TheCallbackMayBeAPlainFunction, 171) { asyncio::run(plain_callbacks()); }

RULE(AFailingHandlerIsReportedAndItsConnectionClosed, 172)
{
    int reports = 0;
    asyncio::run(failing_handlers(&reports));
    asyncio::get_event_loop().set_exception_handler({});
    EXPECT_EQ(reports, 3);
}

VIRTUAL_RULE(AServerWithoutDescriptorsWaitsAndRecovers, 173)
{
    int reports = 0;
    asyncio::run(no_descriptors_for_a_while(&reports));
    asyncio::get_event_loop().set_exception_handler({});
    EXPECT_LE(reports, 1);
}

RULE(CloseFreesTheAddressAtOnce, 174, 177, 180) { asyncio::run(close_frees_the_address()); }
RULE(ConnectionsGoOnWhenTheServerIsClosed, 175) { asyncio::run(connections_go_on()); }
RULE(WaitClosedServesUntilItIsCancelledOrClosed, 176, 177) { asyncio::run(wait_closed_serves()); }
RULE(ACancelWhileStartingClosesTheServer, 178) { asyncio::run(cancelled_while_starting()); }
RULE(LeavingTheScopeClosesTheServer, 179) { asyncio::run(a_scope_closes_the_server()); }
RULE(AServerSaysWhereItListens, 181) { asyncio::run(says_where_it_listens()); }

}  // namespace conformance
