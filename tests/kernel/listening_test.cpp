#include "support/operations.hpp"
#include "support/streams.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

// Listening sockets: inherited ones, shared ports, and limits.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

void greet(StreamReader, StreamWriter writer) { writer.write("hello"); }

Coroutine<std::string> ask(std::string host, int port)
{
    auto [reader, writer] = co_await open_connection(host, port);
    const std::string answer = co_await reader.read();
    co_return answer;
}

std::chrono::nanoseconds processor_time()
{
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

/// Does a connection wait there?
bool is_readable(const Descriptor& descriptor)
{
    pollfd entry{descriptor.get(), POLLIN, 0};
    return ::poll(&entry, 1, 1000) == 1;
}

Coroutine<> serve_twice(int inherited)
{
    for (int i = 0; i < 2; ++i) {
        ListeningSocket sock{::dup(inherited)};
        EXPECT_GE(sock.fileno(), 0);
        Server server = co_await start_server(greet, std::move(sock));
        const std::string answer = co_await ask("127.0.0.1", server.port());
        EXPECT_EQ(answer, "hello");
        server.close();
        co_await server.wait_closed();
    }
}

TEST(KernelListening, ServesOnAnInheritedSocketAndLeavesItToOthersAfterThat)
{
    const test::Listener inherited;
    (void)get_event_loop();  // It has descriptors of its own.
    const int before = open_descriptors();
    run(serve_twice(inherited.descriptor.get()));
    EXPECT_EQ(open_descriptors(), before);

    const Descriptor client = inherited.connect();  // It listens on: somebody else may serve it.
    EXPECT_TRUE(is_readable(inherited.descriptor));
}

Coroutine<> some_turns() { co_await sleep_ms(20); }

TEST(KernelListening, LeavesWhoComesAfterCloseToOthersAlsoOutsideOfTheLoop)
{
    const test::Listener inherited;
    ListeningSocket sock{::dup(inherited.descriptor.get())};
    Server server = run(start_server(greet, std::move(sock)));
    run(some_turns());
    server.close();
    const Descriptor client = inherited.connect();
    run(some_turns());
    EXPECT_TRUE(is_readable(inherited.descriptor));
}

Coroutine<> idle(int inherited)
{
    ListeningSocket sock{::dup(inherited)};
    const Server server = co_await start_server(greet, std::move(sock));
    const auto before = processor_time();
    co_await sleep_ms(200);
    EXPECT_LT(processor_time() - before, 100ms);
    const std::string answer = co_await ask("127.0.0.1", server.port());
    EXPECT_EQ(answer, "hello");
}

TEST(KernelListening, DoesNotSpinOnASocketThatSomebodyHasMadeNonBlocking)
{
    const test::Listener inherited;
    ASSERT_EQ(::fcntl(inherited.descriptor.get(), F_SETFL, O_NONBLOCK), 0);
    run(idle(inherited.descriptor.get()));
}

TEST(KernelListening, RefusesWhatDoesNotListen)
{
    ListeningSocket plain{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const std::string number = std::to_string(plain.fileno());
    EXPECT_EQ(run(thrown_by(start_server(greet, std::move(plain)))),
              "OSError 22 cannot serve on file descriptor " + number + ": Invalid argument");
    const Descriptor event = make_eventfd();
    EXPECT_TRUE(starts_with(
        run(thrown_by(start_server(greet, ListeningSocket{::dup(event.get())}))), "OSError 88 "));
    EXPECT_TRUE(
        starts_with(run(thrown_by(start_server(greet, ListeningSocket{-1}))), "OSError 9 "));
}

TEST(KernelListening, ClosesASocketThatWasNotUsed)
{
    const int before = open_descriptors();
    {
        auto never_awaited =
            start_server(greet, ListeningSocket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)});
        (void)never_awaited;
        EXPECT_EQ(open_descriptors(), before + 1);
    }
    EXPECT_EQ(open_descriptors(), before);
}

// One port for several loops

class Counted {
public:
    explicit Counted(std::atomic<int>& count) : count_{&count} {}

    void operator()(StreamReader, StreamWriter writer) const
    {
        writer.write("hello");
        ++*count_;
    }

private:
    std::atomic<int>* count_;
};

Coroutine<> serve_until(int port, std::atomic<int>& served, std::atomic<int>& ready,
                        ThreadSafeFlag& done)
{
    ServerOptions options;
    options.reuse_port = true;
    options.backlog = 128;
    const Server server = co_await start_server(Counted{served}, "127.0.0.1", port, options);
    ++ready;
    co_await done.wait();
}

Coroutine<> ask_often(int port, int times)
{
    for (int i = 0; i < times; ++i) {
        const std::string answer = co_await ask("127.0.0.1", port);
        EXPECT_EQ(answer, "hello");
    }
}

TEST(KernelListening, SharesOnePortAmongLoopsOfSeveralThreads)
{
    constexpr int loops = 3;
    ServerOptions options;
    options.reuse_port = true;
    Server first = run(start_server(nullptr, "127.0.0.1", 0, options));
    const int port = first.port();

    std::array<std::atomic<int>, loops> served{};
    std::atomic<int> ready = 0;
    std::array<ThreadSafeFlag, loops> done;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < loops; ++i) {
        threads.emplace_back([&, i] { run(serve_until(port, served[i], ready, done[i])); });
    }
    while (ready < loops) {
        std::this_thread::sleep_for(1ms);
    }
    first.close();
    run(ask_often(port, 200));
    for (std::size_t i = 0; i < loops; ++i) {
        done[i].set();
        threads[i].join();
        EXPECT_GT(served[i], 20) << "loop " << i;
    }
    EXPECT_EQ(served[0] + served[1] + served[2], 200);
}

// The limit

Coroutine<> hold(StreamReader reader, StreamWriter) { (void)co_await reader.read(); }

Coroutine<> limited()
{
    ServerOptions options;
    options.backlog = 64;
    options.max_connections = 3;
    const Server server = co_await start_server(hold, "localhost", 0, options);
    std::vector<Stream> clients;
    for (int i = 0; i < 10; ++i) {
        auto [client, same] =
            co_await open_connection(i % 2 == 0 ? "127.0.0.1" : "::1", server.port());
        clients.push_back(client);
    }
    const auto before = processor_time();
    co_await sleep_ms(100);
    EXPECT_LT(processor_time() - before, 50ms);
    EXPECT_EQ(server.connections(), 3U);
    for (const Stream& client : clients) {
        co_await sleep_ms(1);
        EXPECT_LE(server.connections(), 3U);
        client.close();
    }
    while (server.connections() > 0) {
        co_await sleep_ms(1);
    }
    const std::size_t cancelled = co_await server.shutdown(5s);
    EXPECT_EQ(cancelled, 0U);
}

TEST(KernelServer, StopsAcceptingAtItsLimit)
{
    (void)get_event_loop();
    const int before = open_descriptors();
    run(limited());
    EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace asyncio::test
