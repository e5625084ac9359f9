#include "net/stream_state.hpp"
#include "support/streams.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// Options of sockets, peers' credentials, and the files of Unix sockets.

namespace asyncio::test {
namespace {

int option(const Stream& stream, int level, int name)
{
    int value = -1;
    socklen_t length = sizeof value;
    EXPECT_EQ(::getsockopt(stream.state().descriptor(), level, name, &value, &length), 0);
    return value;
}

Coroutine<> tcp_options()
{
    const Ends ends = co_await connect_ends();
    const Stream& stream = ends.server;
    EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_NODELAY), 1);
    stream.set_nodelay(false);
    EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_NODELAY), 0);

    EXPECT_EQ(option(stream, SOL_SOCKET, SO_KEEPALIVE), 0);
    stream.set_keepalive(Keepalive{std::chrono::seconds{20}, std::chrono::seconds{3}, 4});
    EXPECT_EQ(option(stream, SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_KEEPIDLE), 20);
    EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_KEEPINTVL), 3);
    EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_KEEPCNT), 4);
    stream.set_keepalive(std::nullopt);
    EXPECT_EQ(option(stream, SOL_SOCKET, SO_KEEPALIVE), 0);

    stream.set_user_timeout(std::chrono::seconds{30});
    EXPECT_EQ(option(stream, IPPROTO_TCP, TCP_USER_TIMEOUT), 30'000);
    const auto peer = stream.get_extra_info("peername").value();
    EXPECT_EQ(thrown([&] { stream.set_user_timeout(std::chrono::milliseconds{-1}); }),
              "OSError 22 cannot set TCP_USER_TIMEOUT of '" + peer + "': Invalid argument");
    EXPECT_EQ(thrown([&] { stream.set_keepalive(Keepalive{std::chrono::hours{1'000'000'000}}); }),
              "OSError 22 cannot set TCP_KEEPIDLE of '" + peer + "': Invalid argument");
}

TEST(KernelSocketOptions, ReachTheSocket) { run(tcp_options()); }

Coroutine<> from_another_address()
{
    std::vector<Stream> kept;
    const Server server = co_await start_server(Keep{kept}, "127.0.0.1", 0);
    ConnectionOptions options;
    options.local_addr.emplace("127.0.0.9", 0);
    options.timeout = 10.0;
    auto [reader, writer] = co_await open_connection("127.0.0.1", server.port(), options);
    EXPECT_TRUE(starts_with(writer.get_extra_info("sockname").value(), "127.0.0.9:"));
    options.local_addr.emplace("203.0.113.1", 0);
    const std::string end =
        co_await thrown_by(open_connection("127.0.0.1", server.port(), options));
    const std::string where = "'127.0.0.1:" + std::to_string(server.port()) + "'";
    EXPECT_EQ(end, "OSError 99 cannot connect to " + where +
                       " from '203.0.113.1:0': " + "Cannot assign requested address");
}

TEST(KernelOpenConnection, CanComeFromAnAddressOfItsChoice) { run(from_another_address()); }

/// A server that answers no connect: its queue is full.
class FullServer {
public:
    explicit FullServer(const std::string& path) : listener_{::socket(AF_UNIX, SOCK_STREAM, 0)}
    {
        address_.sun_family = AF_UNIX;
        path.copy(address_.sun_path, sizeof address_.sun_path - 1);
        EXPECT_EQ(::bind(listener_, generic(), sizeof address_), 0);
        EXPECT_EQ(::listen(listener_, 0), 0);
        client_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
        EXPECT_EQ(::connect(client_, generic(), sizeof address_), 0);
    }
    FullServer(const FullServer&) = delete;
    FullServer& operator=(const FullServer&) = delete;
    ~FullServer()
    {
        ::close(client_);
        ::close(listener_);
    }

private:
    [[nodiscard]] const sockaddr* generic() const
    {
        return reinterpret_cast<const sockaddr*>(&address_);
    }

    int listener_;
    int client_ = -1;
    sockaddr_un address_{};
};

Coroutine<> connect_in_time(std::string path)
{
    ConnectionOptions options;
    options.timeout = 0.1;
    const std::string end = co_await thrown_by(open_unix_connection(path, options));
    EXPECT_EQ(end, "OSError 110 cannot connect to '" + path + "' in 100 ms: Connection timed out");
}

TEST(KernelOpenUnixConnection, GivesUpInTime)
{
    const TemporaryDirectory directory;
    const FullServer server{directory.path("socket")};
    run(connect_in_time(directory.path("socket")));
}

TEST(KernelUnixServer, DoesNotReplaceAServerThatIsBusy)
{
    const TemporaryDirectory directory;
    const FullServer server{directory.path("socket")};
    EXPECT_EQ(run(thrown_by(start_unix_server(nullptr, directory.path("socket")))),
              "OSError 98 cannot listen on '" + directory.path("socket") +
                  "': Address already in use");
}

Coroutine<> credentials(std::string path)
{
    std::vector<Stream> kept;
    const Server server = co_await start_unix_server(Keep{kept}, path);
    auto [reader, writer] = co_await open_unix_connection(path);
    while (kept.empty()) {
        co_await sleep_ms(1);
    }
    const std::string us = "pid=" + std::to_string(::getpid()) +
                           "\nuid=" + std::to_string(::geteuid()) +
                           "\ngid=" + std::to_string(::getegid()) + "\n";
    EXPECT_EQ(kept.at(0).get_extra_info("peercred"), us);
    EXPECT_EQ(reader.get_extra_info("peercred"), us);
    const Ends ends = co_await connect_ends();
    EXPECT_EQ(ends.server.get_extra_info("peercred"), std::nullopt);
}

TEST(KernelUnixServer, KnowsItsPeers)
{
    const TemporaryDirectory directory;
    run(credentials(directory.path("socket")));
}

Coroutine<> with_mode(std::string path)
{
    for (const mode_t mode : {0600U, 0666U}) {
        ServerOptions options;
        options.mode = mode;
        options.group = std::to_string(::getegid());
        const Server server = co_await start_unix_server(nullptr, path, options);
        struct stat status{};
        EXPECT_EQ(::stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777U, mode);
        EXPECT_EQ(status.st_gid, ::getegid());
    }
}

TEST(KernelUnixServer, GivesItsFileAModeAndAGroup)
{
    const TemporaryDirectory directory;
    run(with_mode(directory.path("socket")));
}

TEST(KernelUnixServer, KnowsGroupsByName)
{
    const TemporaryDirectory directory;
    ServerOptions options;
    options.group = ::getgrgid(::getegid())->gr_name;
    (void)run(start_unix_server(nullptr, directory.path("socket"), options));
    options.group = "no-such-group";
    EXPECT_EQ(run(thrown_by(start_unix_server(nullptr, directory.path("socket"), options))),
              "OSError 2 cannot give '" + directory.path("socket") +
                  "' to group 'no-such-group': No such file or directory");
    EXPECT_FALSE(std::filesystem::exists(directory.path("socket")));
}

}  // namespace
}  // namespace asyncio::test
