#include "net/lookup.hpp"
#include "net/resolver.hpp"
#include "support/streams.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

// Connecting and resolving on the real loop.

namespace asyncio::test {
namespace {

std::size_t open_descriptors()
{
    const std::filesystem::directory_iterator entries{"/proc/self/fd"};
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

Coroutine<> sleep_briefly() { co_await sleep_ms(10); }

/// A port of 127.0.0.1 that nobody listens at.
Coroutine<int> free_port()
{
    const Server server = co_await start_server(nullptr, "127.0.0.1", 0);
    co_return server.port();
}

TEST(KernelOpenConnection, ThatIsRefusedThrowsAndLeaksNothing)
{
    const int port = run(free_port());
    run(sleep_briefly());
    const std::size_t before = open_descriptors();
    const std::string end = run(thrown_by(open_connection("127.0.0.1", port)));
    EXPECT_EQ(end, "OSError 111 cannot connect to '127.0.0.1:" + std::to_string(port) +
                       "': Connection refused");
    const std::string both = run(thrown_by(open_connection("localhost", port)));
    EXPECT_TRUE(starts_with(both, "OSError ")) << both;
    EXPECT_TRUE(both.find("127.0.0.1:" + std::to_string(port)) != both.npos) << both;
    EXPECT_EQ(open_descriptors(), before);
}

/// A port of 127.0.0.1 where connections wait for ever: nobody accepts them, and there is room for
/// few.
class BusyPort {
public:
    BusyPort()
    {
        descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        socklen_t length = sizeof address_;
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(descriptor_, reinterpret_cast<sockaddr*>(&address_), length);
        ::listen(descriptor_, 0);
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address_), &length);
    }
    BusyPort(const BusyPort&) = delete;
    BusyPort& operator=(const BusyPort&) = delete;
    ~BusyPort() { ::close(descriptor_); }

    [[nodiscard]] int number() const { return ntohs(address_.sin_port); }

private:
    int descriptor_;
    sockaddr_in address_{};
};

Coroutine<> connect_and_keep(int port, std::vector<Stream>& streams)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port);
    streams.push_back(reader);
}

Coroutine<> cancel_in_flight()
{
    const BusyPort port;
    std::vector<Stream> streams;
    std::string end;
    for (int i = 0; i < 10 && end != "TimeoutError"; ++i) {
        const std::size_t before = open_descriptors();
        end = co_await thrown_by(wait_for_ms(connect_and_keep(port.number(), streams), 100));
        EXPECT_EQ(open_descriptors(), before + (end == "nothing" ? 1 : 0));
    }
    EXPECT_EQ(end, "TimeoutError");
}

TEST(KernelOpenConnection, ThatIsCancelledHasClosedItsDescriptor) { run(cancel_in_flight()); }

TEST(KernelLookup, RunsOnAThread)
{
    detail::LookupResult result = run(detail::look_up_on_thread("127.0.0.1"));
    ASSERT_EQ(result.error, 0);
    ASSERT_EQ(result.addresses.size(), 1U);
    EXPECT_EQ(result.addresses.front().to_string(), "127.0.0.1:0");

    result = run(detail::look_up_on_thread("two words"));
    EXPECT_NE(result.error, 0);
}

Coroutine<> many_lookups(int& right)
{
    std::vector<Task<detail::LookupResult>> tasks;
    for (int i = 0; i < 50; ++i) {
        tasks.push_back(create_task(detail::look_up_on_thread("127.0.0." + std::to_string(i))));
    }
    for (int i = 0; i < 50; ++i) {
        const Task<detail::LookupResult> task = tasks[static_cast<std::size_t>(i)];
        const detail::LookupResult result = co_await task;
        right += result.addresses.front().to_string() == "127.0.0." + std::to_string(i) + ":0";
    }
}

TEST(KernelLookup, GivesEachTaskItsOwnAnswer)
{
    int right = 0;
    run(many_lookups(right));
    EXPECT_EQ(right, 50);
}

Coroutine<> cancelled_lookups()
{
    for (int i = 0; i < 100; ++i) {
        (void)co_await thrown_by(
            wait_for(detail::look_up_on_thread("127.0.0.1"), std::chrono::microseconds{i}));
    }
}

TEST(KernelLookup, MayBeCancelledAtAnyTime)
{
    run(cancelled_lookups());
    run(sleep_briefly());
    const std::size_t before = open_descriptors();
    run(cancelled_lookups());
    run(sleep_briefly());
    EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace asyncio::test
