#include "support/operations.hpp"
#include "support/sanitizer.hpp"
#include "support/streams.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// As many connections at once as a board can meet, and as few descriptors.

namespace asyncio::test {
namespace {

/// Sets how many descriptors this process may have, until the end of the scope.
class DescriptorLimit {
public:
    explicit DescriptorLimit(rlim_t limit)
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit wanted{std::min(limit, before_.rlim_max), before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &wanted);
        limit_ = wanted.rlim_cur;
    }
    DescriptorLimit(const DescriptorLimit&) = delete;
    DescriptorLimit& operator=(const DescriptorLimit&) = delete;
    ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

    [[nodiscard]] rlim_t get() const noexcept { return limit_; }

private:
    rlimit before_{};
    rlim_t limit_ = 0;
};

Coroutine<> echo(StreamReader reader, StreamWriter writer)
{
    for (std::string line = co_await reader.readline(); !line.empty();) {
        writer.write(line);
        co_await writer.drain();
        line = co_await reader.readline();
    }
}

/// What all clients share.
class Crowd {
public:
    Crowd(int server_port, std::size_t size) : port{server_port}, all_here{size} {}

    int port;
    Barrier all_here;
    int right = 0;
};

/// Connects, waits until all have, and asks something of its own.
Coroutine<> client(std::shared_ptr<Crowd> crowd, int number)
{
    ConnectionOptions options;  // Addresses of their own: the ports of one would be used up.
    options.local_addr.emplace("127.0.1." + std::to_string(1 + number % 50), 0);
    auto [reader, writer] = co_await open_connection("127.0.0.1", crowd->port, options);
    (void)co_await crowd->all_here.wait();
    const std::string question = "client " + std::to_string(number) + "\n";
    writer.write(question);
    const std::string answer = co_await reader.readline();
    crowd->right += answer == question ? 1 : 0;
    (void)co_await crowd->all_here.wait();
}

Coroutine<int> clients(int port, int count)
{
    const auto crowd = std::make_shared<Crowd>(port, static_cast<std::size_t>(count));
    std::vector<Task<>> tasks;
    for (int i = 0; i < count; ++i) {
        tasks.push_back(create_task(client(crowd, i)));
        if (i % 500 == 499) {
            co_await sleep_ms(1);  // Fewer at a time than the queue of the server has places.
        }
    }
    co_await gather(std::move(tasks));
    co_return crowd->right;
}

/// A process of its own for the clients: each process may have only so many descriptors.
class ClientProcess {
public:
    ClientProcess(int port, int count) : pid_{::fork()}
    {
        if (pid_ == 0) {
            (void)new_event_loop();
            int right = 0;
            try {
                right = run(clients(port, count));
            } catch (...) {
                // Then they are not all right.
            }
            ::_exit(right == count ? 0 : 1);
        }
    }
    ClientProcess(const ClientProcess&) = delete;
    ClientProcess& operator=(const ClientProcess&) = delete;
    ~ClientProcess() { EXPECT_TRUE(ended_); }

    /// Has it ended? Then its status must be 0.
    [[nodiscard]] bool ended()
    {
        int status = 0;
        if (!ended_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
            ended_ = true;
            EXPECT_EQ(status, 0);
        }
        return ended_;
    }

private:
    pid_t pid_;
    bool ended_ = false;
};

Coroutine<> count_until_end(Server& server, ClientProcess& process, std::size_t& most)
{
    while (!process.ended()) {
        most = std::max(most, server.connections());
        co_await sleep_ms(5);
    }
    const std::size_t cancelled = co_await server.shutdown(30.0);
    EXPECT_EQ(cancelled, 0U);
}

TEST(KernelManyConnections, AreServedAtOnce)
{
    constexpr int wanted = 10'000;
    constexpr rlim_t needed = wanted + 200;
    const DescriptorLimit limit{needed};
    if (limit.get() < needed) {
        GTEST_SKIP() << "this process may have only " << limit.get() << " descriptors";
    }
    (void)get_event_loop();
    const int before = open_descriptors();
    Server server = run(start_server(echo, "127.0.0.1", 0, 4096));
    ClientProcess process{server.port(), wanted};
    std::size_t most = 0;
    run(count_until_end(server, process, most));
    EXPECT_EQ(most, static_cast<std::size_t>(wanted));
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_EQ(SmallLoop::backend().in_flight(), SmallLoop::backend().in_background());
}

Coroutine<> without_descriptors()
{
    const Server server = co_await start_server(echo, "127.0.0.1", 0);
    const std::string where = "127.0.0.1:" + std::to_string(server.port());
    std::vector<Descriptor> hog;
    for (int taken = ::dup(0); taken >= 0; taken = ::dup(0)) {
        hog.emplace_back(taken);
    }
    const std::string connection = co_await thrown_by(open_connection("127.0.0.1", server.port()));
    EXPECT_EQ(connection, "OSError 24 cannot connect to '" + where + "': Too many open files");
    const std::string second = co_await thrown_by(start_server(echo, "127.0.0.2", 8008));
    EXPECT_EQ(second, "OSError 24 cannot listen on '127.0.0.2:8008': Too many open files");
    DatagramOptions options;
    options.local_addr.emplace("127.0.0.1", 8008);
    const std::string datagrams = co_await thrown_by(open_datagram(options));
    EXPECT_EQ(datagrams,
              "OSError 24 cannot open a UDP socket at '127.0.0.1:8008': Too many open files");
    hog.clear();
    const std::string again = co_await thrown_by(open_connection("127.0.0.1", server.port()));
    EXPECT_EQ(again, "nothing");
}

TEST(KernelOpenConnection, WithoutADescriptorSaysSo)
{
    if (UNDER_SANITIZER != 0) {
        GTEST_SKIP() << "the sanitizer needs descriptors itself";
    }
    const DescriptorLimit limit{128};
    run(without_descriptors());
}

}  // namespace
}  // namespace asyncio::test
