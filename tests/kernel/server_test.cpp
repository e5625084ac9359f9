#include "support/sanitizer.hpp"
#include "support/streams.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

// Servers on the real loop, over loopback and Unix sockets.

namespace asyncio::test {
namespace {

void greet(StreamReader, StreamWriter writer) { writer.write("hello"); }

Coroutine<std::string> ask(std::string host, int port)
{
    auto [reader, writer] = co_await open_connection(host, port);
    const std::string answer = co_await reader.read();
    co_return answer;
}

Coroutine<std::string> ask_unix(std::string path)
{
    auto [reader, writer] = co_await open_unix_connection(path);
    const std::string answer = co_await reader.read();
    co_return answer;
}

Coroutine<> rebind_at_once()
{
    Server first = co_await start_server(greet, "127.0.0.1", 0);
    const int port = first.port();
    const std::string answer = co_await ask("127.0.0.1", port);
    EXPECT_EQ(answer, "hello");
    for (int i = 0; i < 20; ++i) {
        first.close();
        const Server second = co_await start_server(greet, "127.0.0.1", port);
        const std::string again = co_await ask("127.0.0.1", port);
        EXPECT_EQ(again, "hello");
        const std::string end = co_await thrown_by(start_server(greet, "127.0.0.1", port));
        EXPECT_EQ(end, "OSError 98 cannot listen on '127.0.0.1:" + std::to_string(port) +
                           "': Address already in use");
    }
    co_await first.wait_closed();
}

TEST(KernelServer, GivesItsAddressBackAtOnce) { run(rebind_at_once()); }

Coroutine<> localhost()
{
    const Server server = co_await start_server(greet, "localhost", 0);
    for (const std::string& name : server.sockets()) {
        EXPECT_TRUE(name.ends_with(":" + std::to_string(server.port()))) << name;
    }
    const std::string answer = co_await ask("localhost", server.port());
    EXPECT_EQ(answer, "hello");
    const std::string four = co_await ask("127.0.0.1", server.port());
    EXPECT_EQ(four, "hello");
}

TEST(KernelServer, ListensOnAllAddressesOfLocalhost) { run(localhost()); }

Coroutine<> all_interfaces()
{
    const Server server = co_await start_server(greet, "", 0);
    const std::string four = co_await ask("127.0.0.1", server.port());
    EXPECT_EQ(four, "hello");
}

TEST(KernelServer, ListensOnAllInterfacesWithoutAHost) { run(all_interfaces()); }

Coroutine<> many_connections()
{
    // With fewer places than clients, the kernel drops some handshakes for a second or for ever.
    const Server server = co_await start_server(greet, "127.0.0.1", 0, 300);
    std::vector<Task<std::string>> clients;
    for (int i = 0; i < 300; ++i) {
        clients.push_back(create_task(ask("127.0.0.1", server.port())));
    }
    const std::vector<std::string> answers = co_await gather(std::move(clients));
    EXPECT_EQ(answers, std::vector<std::string>(300, "hello"));
}

TEST(KernelServer, ServesManyClientsAtOnce) { run(many_connections()); }

/// Leaves a socket file behind that nobody listens at, as a crashed server does.
void leave_socket_file(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(descriptor);
}

Coroutine<> unix_server(std::string path)
{
    Server server = co_await start_unix_server(greet, path);
    EXPECT_TRUE(std::filesystem::is_socket(path));
    EXPECT_EQ(server.sockets(), std::vector<std::string>{path});
    const std::string answer = co_await ask_unix(path);
    EXPECT_EQ(answer, "hello");

    const std::string end = co_await thrown_by(start_unix_server(greet, path));
    EXPECT_EQ(end, "OSError 98 cannot listen on '" + path + "': Address already in use");
    server.close();
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(KernelUnixServer, RemovesItsFileAndLeavesThatOfAnother)
{
    const TemporaryDirectory directory;
    run(unix_server(directory.path("socket")));
    run(unix_server(directory.path("socket")));
}

TEST(KernelUnixServer, ReplacesAFileThatNobodyListensAt)
{
    const TemporaryDirectory directory;
    leave_socket_file(directory.path("socket"));
    run(unix_server(directory.path("socket")));
}

TEST(KernelUnixServer, DoesNotReplaceOtherFiles)
{
    const TemporaryDirectory directory;
    std::ofstream{directory.path("notes")} << "important";
    const std::string end = run(thrown_by(start_unix_server(greet, directory.path("notes"))));
    EXPECT_TRUE(starts_with(end, "OSError 98 ")) << end;
    EXPECT_TRUE(std::filesystem::exists(directory.path("notes")));
}

Coroutine<> replaced_while_open(std::string path)
{
    const Server server = co_await start_unix_server(greet, path);
    std::filesystem::remove(path);
    std::ofstream{path} << "somebody else's";
}

TEST(KernelUnixServer, LeavesAFileThatIsNotItsOwnAnyMore)
{
    const TemporaryDirectory directory;
    run(replaced_while_open(directory.path("socket")));
    EXPECT_TRUE(std::filesystem::exists(directory.path("socket")));
}

Coroutine<> abstract_name()
{
    const std::string name = std::string{'\0'} + "server-test-" + std::to_string(::getpid());
    const Server server = co_await start_unix_server(greet, name);
    const std::string answer = co_await ask_unix(name);
    EXPECT_EQ(answer, "hello");
}

TEST(KernelUnixServer, TakesAnAbstractName) { run(abstract_name()); }

/// Processor time of this process.
std::chrono::nanoseconds processor_time()
{
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

/// Lets this process have few descriptors. The kernel notes the limit when an accept is started.
class DescriptorLimit {
public:
    DescriptorLimit()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit limit{64, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    DescriptorLimit(const DescriptorLimit&) = delete;
    DescriptorLimit& operator=(const DescriptorLimit&) = delete;
    ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

/// Uses up all descriptors but one.
class DescriptorHog {
public:
    DescriptorHog()
    {
        for (int taken = ::dup(0); taken >= 0; taken = ::dup(0)) {
            taken_.push_back(taken);
        }
        ::close(taken_.back());
        taken_.pop_back();
    }
    DescriptorHog(const DescriptorHog&) = delete;
    DescriptorHog& operator=(const DescriptorHog&) = delete;
    ~DescriptorHog()
    {
        for (const int descriptor : taken_) {
            ::close(descriptor);
        }
    }

private:
    std::vector<int> taken_;
};

Coroutine<> out_of_descriptors(int port)
{
    auto hog = std::make_unique<DescriptorHog>();  // Leaves one for the client, none for us.
    const auto answer = create_task(ask("127.0.0.1", port));
    const auto before = processor_time();
    co_await sleep_ms(250);
    EXPECT_FALSE(answer.done());
    EXPECT_LT(processor_time() - before, std::chrono::milliseconds{100});  // It does not spin.

    hog.reset();
    const std::string got = co_await wait_for_ms(answer, 2000);
    EXPECT_EQ(got, "hello");
}

Coroutine<> out_of_descriptors_twice()
{
    const DescriptorLimit limit;
    const Server server = co_await start_server(greet, "127.0.0.1", 0);
    co_await out_of_descriptors(server.port());
    co_await out_of_descriptors(server.port());
}

TEST(KernelServer, RecoversWhenDescriptorsAreFreeAgainAndReportsEachTimeOnce)
{
    if (UNDER_SANITIZER != 0) {
        GTEST_SKIP() << "the sanitizer needs descriptors itself";
    }
    std::vector<std::string> reports;
    Loop& loop = get_event_loop();
    loop.set_exception_handler([&reports](Loop&, const ExceptionContext& context) {
        try {
            std::rethrow_exception(context.exception);
        } catch (const OSError& error) {
            reports.emplace_back(error.what());
        }
    });
    run(out_of_descriptors_twice());
    loop.set_exception_handler({});
    ASSERT_EQ(reports.size(), 2U);
    EXPECT_TRUE(reports.front().ends_with("trying again: Too many open files")) << reports.front();
}

/// A callback that leaves a trace.
class TraceCall {
public:
    explicit TraceCall(std::vector<std::string>& trace) : trace_{&trace} {}

    void operator()(StreamReader, StreamWriter) const { trace_->push_back("handler"); }

private:
    std::vector<std::string>* trace_;
};

Coroutine<> connect_and_go_on(std::vector<std::string>& trace)
{
    const Server server = co_await start_server(TraceCall{trace}, "127.0.0.1", 0);
    co_await sleep_ms(5);  // Now it accepts.
    auto [reader, writer] = co_await open_connection("127.0.0.1", server.port());
    trace.push_back("client");
    (void)co_await reader.read();
}

TEST(KernelServer, CallsItsHandlerAfterAClientOnTheSameLoopHasGoneOn)
{
    for (int i = 0; i < 20; ++i) {
        std::vector<std::string> trace;
        run(connect_and_go_on(trace));
        EXPECT_EQ(trace, (std::vector<std::string>{"client", "handler"}));
    }
}

/// A client without a loop.
class BlockingClient {
public:
    explicit BlockingClient(int port)
    {
        descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        EXPECT_EQ(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    BlockingClient(const BlockingClient&) = delete;
    BlockingClient& operator=(const BlockingClient&) = delete;
    ~BlockingClient() { ::close(descriptor_); }

    /// Was it closed by the other end, within a second?
    [[nodiscard]] bool is_closed() const
    {
        pollfd entry{descriptor_, POLLIN, 0};
        char byte = 0;
        return ::poll(&entry, 1, 1000) == 1 && ::recv(descriptor_, &byte, 1, MSG_DONTWAIT) <= 0;
    }

private:
    int descriptor_;
};

Coroutine<> connect_and_close(std::vector<std::string>& trace)
{
    Server server = co_await start_server(TraceCall{trace}, "127.0.0.1", 0);
    co_await sleep_ms(2);
    const BlockingClient client{server.port()};  // The accept may win against its cancel.
    server.close();
    co_await server.wait_closed();
    EXPECT_TRUE(client.is_closed());
}

TEST(KernelServer, ClosesConnectionsThatItIsTooLateFor)
{
    for (int i = 0; i < 20; ++i) {
        std::vector<std::string> trace;
        run(connect_and_close(trace));
        EXPECT_TRUE(trace.empty());
    }
}

/// Lets a child process end with its copies of the servers.
void end_in_child(Server& tcp, Server& local)
{
    const pid_t child = ::fork();
    if (child == 0) {
        tcp.close();
        local = Server{};
        ::_exit(0);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST(KernelServer, GoesOnWhenAChildProcessClosesItsCopy)
{
    const TemporaryDirectory directory;
    Server tcp = run(start_server(greet, "127.0.0.1", 0));
    Server local = run(start_unix_server(greet, directory.path("socket")));
    EXPECT_EQ(run(ask("127.0.0.1", tcp.port())), "hello");
    end_in_child(tcp, local);
    EXPECT_EQ(run(ask("127.0.0.1", tcp.port())), "hello");
    EXPECT_EQ(run(ask_unix(directory.path("socket"))), "hello");
}

/// What a child process is told when it goes on with its parent's loop, and "" if it is right.
std::string misuse_in_child(const std::string& told)
{
    return told.find("after fork()") == std::string::npos ? "told '" + told + "'\n" : "";
}

Coroutine<std::string> misuse_all()
{
    std::string wrong;
    const std::string connect = co_await thrown_by(open_connection("127.0.0.1", 9));
    wrong += misuse_in_child(connect);
    const std::string serve = co_await thrown_by(start_server(greet, "127.0.0.1", 0));
    wrong += misuse_in_child(serve);
    const std::string local = co_await thrown_by(start_unix_server(greet, "/tmp/not-made"));
    wrong += misuse_in_child(local);
    const std::string datagram = co_await thrown_by(open_datagram(DatagramOptions{}));
    wrong += misuse_in_child(datagram);
    co_return wrong;
}

Coroutine<int> fork_and_misuse()
{
    co_await sleep_ms(1);
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20);
        const std::string wrong = co_await misuse_all();
        ::fputs(wrong.c_str(), stderr);
        ::_exit(wrong.empty() ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    co_return status;
}

TEST(KernelServer, AndConnectionsAreRefusedInAChildProcess)
{
    EXPECT_EQ(run(fork_and_misuse()), 0);
}

Coroutine<> abort_in_child()
{
    Ends ends = co_await connect_ends();
    const pid_t child = ::fork();
    if (child == 0) {
        ends.client.abort();
        ::_exit(0);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    const std::string sent = pattern(1'000'000);
    ends.client.write(sent);
    ends.client.close();
    const std::string got = co_await ends.server.read();
    EXPECT_TRUE(got == sent);
}

TEST(KernelServer, AndItsStreamsAreNotResetByAnAbortInAChildProcess) { run(abort_in_child()); }

}  // namespace
}  // namespace asyncio::test
