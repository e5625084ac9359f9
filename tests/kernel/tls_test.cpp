#include "support/tls.hpp"
#include "support/sanitizer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <iterator>
#include <malloc.h>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>

// TLS on the real loop.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

Coroutine<> write_and_close(Stream stream, std::string bytes)
{
    stream.write(bytes);
    stream.close();
    co_await stream.wait_closed();
}

Coroutine<> big_transfer()
{
    Ends ends = co_await connect_tls();
    const std::string sent = pattern(8'000'000);
    const auto writer = create_task(write_and_close(ends.client, sent));
    const std::string got = co_await ends.server.read();
    EXPECT_TRUE(got == sent);
    ends.server.close();
    co_await writer;
}

TEST(KernelTls, CarriesABigTransferWhole) { run(big_transfer()); }

Coroutine<std::string> ask(int port, std::string question)
{
    auto [reader, writer] = co_await open_connection("localhost", port, client_context());
    writer.write(question);
    writer.write_eof();
    const std::string answer = co_await reader.read();
    writer.close();
    co_await writer.wait_closed();
    co_return answer;
}

Coroutine<> many_at_once()
{
    const Server server = co_await start_server(echo_back, "localhost", 0, 128, server_context());
    std::vector<Task<std::string>> asking;
    for (int i = 0; i < 50; ++i) {
        asking.push_back(create_task(ask(server.port(), "number " + std::to_string(i))));
    }
    const std::vector<std::string> answers = co_await gather(asking);
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(answers.at(static_cast<std::size_t>(i)), "number " + std::to_string(i));
    }
}

TEST(KernelTls, ServesManyAtOnce) { run(many_at_once()); }

Coroutine<> small_records()
{
    Ends ends = co_await connect_tls();
    constexpr int count = 50'000;
    for (int i = 0; i < count; ++i) {
        ends.client.write("line " + std::to_string(i) + "\n");
    }
    ends.client.write_eof();
    for (int i = 0; i < count; ++i) {
        const std::string line = co_await ends.server.readline();
        if (line != "line " + std::to_string(i) + "\n") {
            ADD_FAILURE() << line;
            break;
        }
    }
    const std::string end = co_await ends.server.readline();
    EXPECT_EQ(end, "");
}

TEST(KernelTls, CarriesManySmallRecords)
{
    const auto start = std::chrono::steady_clock::now();
    run(small_records());
    EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);  // It takes about 0.1 s.
}

Coroutine<> slow_one()
{
    SSLContext context = server_context();
    context.handshake_timeout(0.2);
    const Server server = co_await start_server(echo_back, "127.0.0.1", 0, 5, context);
    auto [reader, writer] = co_await open_connection("127.0.0.1", server.port());
    const auto start = std::chrono::steady_clock::now();
    const std::string end = co_await thrown_by(reader.read());
    EXPECT_TRUE(starts_with(end, "OSError 104")) << end;
    EXPECT_GE(std::chrono::steady_clock::now() - start, 190ms);
}

TEST(KernelTls, EndsAHandshakeThatTakesTooLong)
{
    new_event_loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
    run(slow_one());
    get_event_loop().set_exception_handler({});
}

Coroutine<> cancel_one(int port, int turns)
{
    const auto asking = create_task(ask(port, pattern(100'000)));
    for (int i = 0; i < turns; ++i) {
        co_await sleep_ms(0);
    }
    asking.cancel();
    try {
        co_await asking;
    } catch (const CancelledError&) {
    }
}

Coroutine<std::size_t> memory_of_idle_connections(int count)
{
    std::vector<Stream> accepted;
    std::vector<Stream> connected;
    const Keep keep{accepted};
    const SSLContext client = client_context();
    const Server server = co_await start_server(keep, "127.0.0.1", 0, 128, server_context());
    std::size_t before = 0;
    for (int i = 0; i < 2 * count; ++i) {
        if (i == count) {
            before = ::mallinfo2().uordblks;  // What grows once has grown.
        }
        auto [reader, writer] = co_await open_connection("127.0.0.1", server.port(), client);
        writer.write("hello");
        connected.push_back(reader);
        while (accepted.size() < connected.size()) {
            co_await sleep_ms(0);
        }
        co_await accepted.back().readexactly(5);
    }
    co_return (::mallinfo2().uordblks - before) / static_cast<std::size_t>(count);
}

TEST(KernelTls, HoldsNoBuffersForIdleConnections)
{
    if (UNDER_SANITIZER == 0) {  // Its memory is not malloc's.
        // Both ends: about 35 KiB, and 68 KiB more if each end kept its two buffers.
        EXPECT_LT(run(memory_of_idle_connections(100)), 64U * 1024);
    }
}

std::ptrdiff_t open_files()
{
    return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, {});
}

Coroutine<> cancel_everywhere()
{
    const Server server = co_await start_server(echo_back, "localhost", 0, 128, server_context());
    co_await cancel_one(server.port(), 0);
    const auto before = open_files();
    for (int turns = 0; turns < 200; ++turns) {
        co_await cancel_one(server.port(), turns);
    }
    for (int i = 0; i < 200 && open_files() > before; ++i) {
        co_await sleep_ms(10);
    }
    EXPECT_EQ(open_files(), before);
}

TEST(KernelTls, CanBeCancelledAtAnyMoment)
{
    new_event_loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
    run(cancel_everywhere());
    new_event_loop().set_exception_handler({});
}

Coroutine<> nothing_comes(Stream stream)
{
    const std::string end = co_await thrown_by(wait_for_ms(stream.read(1), 100));
    EXPECT_EQ(end, "TimeoutError");
}

Coroutine<> all_is_well(Ends ends)
{
    ends.client.write("alive");
    const std::string got = co_await ends.server.readexactly(5);
    EXPECT_EQ(got, "alive");
}

TEST(KernelTls, AChildDoesNotSpeakInItsParentsSession)
{
    auto ends = std::make_unique<Ends>(run(connect_tls()));
    const pid_t child = ::fork();
    if (child == 0) {
        ends.reset();
        ::_exit(0);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    run(nothing_comes(ends->server));
    run(nothing_comes(ends->client));
    run(all_is_well(*ends));
}

}  // namespace
}  // namespace asyncio::test
