// boardd as a process: how it starts, what it says, how it ends.

#include "boardd/client.hpp"
#include "boardd/process.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace boardd_test {
namespace {

using Words = std::vector<std::string>;

/// How a boardd ended that should not start: its exit code and what it said.
struct Ending {
    int exit_code;
    std::string output;
    std::string errors;
};

Ending run(const Words& arguments, const Words& environment = {})
{
    Boardd boardd{arguments, environment};
    const int code = boardd.wait_for_exit();
    return {code, boardd.standard_output(), boardd.log()};
}

bool is_one_line(const std::string& text)
{
    return !text.empty() && text.find('\n') == text.size() - 1;
}

bool contains(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

/// A socket that listens on a free port of 127.0.0.1, as another daemon would.
class TakenPort {
public:
    TakenPort() : descriptor_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(descriptor_, generic, length) != 0 || ::listen(descriptor_, 1) != 0 ||
            ::getsockname(descriptor_, generic, &length) != 0) {
            throw std::runtime_error{"cannot take a port"};
        }
        number_ = std::to_string(ntohs(address.sin_port));
    }
    TakenPort(const TakenPort&) = delete;
    TakenPort& operator=(const TakenPort&) = delete;
    ~TakenPort() { (void)::close(descriptor_); }

    [[nodiscard]] const std::string& number() const noexcept { return number_; }

private:
    int descriptor_;
    std::string number_;
};

TEST(Options, AnUnknownOneIsOneLineAndExitCode64)
{
    const Ending ending = run({"--port", "99999"});
    EXPECT_EQ(ending.exit_code, 64);
    EXPECT_TRUE(is_one_line(ending.errors)) << ending.errors;
    EXPECT_TRUE(contains(ending.errors, "unknown option '--port'")) << ending.errors;
}

TEST(Options, APortOutOfRangeIsOneLineAndExitCode64)
{
    const Ending ending = run({"--pigpio-port", "99999"});
    EXPECT_EQ(ending.exit_code, 64);
    EXPECT_TRUE(is_one_line(ending.errors)) << ending.errors;
    EXPECT_TRUE(contains(ending.errors, "'--pigpio-port 99999': expected a port from 0 to 65535"));
}

TEST(Options, HelpAndVersionGoToStdout)
{
    for (const char* option : {"--help", "--version"}) {
        const Ending ending = run({option});
        EXPECT_EQ(ending.exit_code, 0);
        EXPECT_TRUE(contains(ending.output, "boardd")) << ending.output;
        EXPECT_EQ(ending.errors, "");
    }
}

TEST(Environment, ABackendOfTheLoopThatDoesNotExistIsOneLineAndExitCode78)
{
    const Ending ending = run({"--backend", "simulated"}, {"ASYNCIO_BACKEND=kqueue"});
    EXPECT_EQ(ending.exit_code, 78);
    EXPECT_TRUE(is_one_line(ending.errors)) << ending.errors;
    EXPECT_TRUE(contains(ending.errors, "ASYNCIO_BACKEND must be auto, uring or epoll"));
}

TEST(CheckConfig, NamesEachErrorsLineAndExitsWith78)
{
    const TemporaryDirectory directory;
    const std::string file = directory.write("bad.toml", "[pins.lamp]\n"
                                                         "line = 17\n"
                                                         "colour = \"red\"\n"
                                                         "[listen.text]\n"
                                                         "tcp = [\"0.0.0.0:8880\"]\n");
    const Ending ending = run({"--config", file, "--check-config"});
    EXPECT_EQ(ending.exit_code, 78);
    EXPECT_EQ(ending.errors.rfind(file + ":3: unknown key 'colour' in [pins.lamp]", 0), 0U)
        << ending.errors;
    EXPECT_TRUE(contains(ending.errors, '\n' + file + ":5: 'tcp = \"0.0.0.0:8880\"'"))
        << ending.errors;
}

TEST(CheckConfig, SaysThatAGoodFileIsGood)
{
    const TemporaryDirectory directory;
    const std::string file = directory.write("good.toml", "[pins.lamp]\nline = 17\n");
    const Ending ending = run({"--config", file, "--check-config"});
    EXPECT_EQ(ending.exit_code, 0) << ending.errors;
    EXPECT_EQ(ending.output, file + ": ok\n");
}

TEST(CheckConfig, FindsTheFileWeDeliverGood)
{
    const Ending ending = run({"--config", SOURCE_DIR "/config/boardd.toml", "--check-config"});
    EXPECT_EQ(ending.exit_code, 0) << ending.errors;
}

TEST(Start, WithABadConfigurationIsExitCode78)
{
    const TemporaryDirectory directory;
    const Ending ending = run(serving(directory, "[log]\nlevel = 3\n"));
    EXPECT_EQ(ending.exit_code, 78);
    EXPECT_TRUE(is_one_line(ending.errors)) << ending.errors;
    EXPECT_TRUE(contains(ending.errors, "boardd.toml:2: 'level = 3': expected \"debug\""))
        << ending.errors;
}

TEST(Start, WithAPinThatTheBoardDoesNotHaveIsExitCode78)
{
    const TemporaryDirectory directory;
    const Ending ending = run(serving(directory, "\n[pins.lamp]\nline = \"GPIO99\"\n"));
    EXPECT_EQ(ending.exit_code, 78);
    EXPECT_TRUE(is_one_line(ending.errors)) << ending.errors;
    EXPECT_TRUE(contains(ending.errors, "boardd.toml:2: [pins.lamp]: ")) << ending.errors;
}

TEST(Start, WithOneLineUnderTwoNamesIsExitCode78)
{
    const TemporaryDirectory directory;
    const Ending ending =
        run(serving(directory, "[pins.a]\nline = \"GPIO17\"\n[pins.b]\nline = 17\n"));
    EXPECT_EQ(ending.exit_code, 78);
    EXPECT_TRUE(contains(ending.errors, "boardd.toml:3: [pins.b]: line '17' is that of [pins.a]"))
        << ending.errors;
}

TEST(Start, WithoutTheConfigurationItWasGivenIsExitCode66)
{
    const Ending ending = run({"--config", "/nonexistent/boardd.toml"});
    EXPECT_EQ(ending.exit_code, 66);
    EXPECT_TRUE(is_one_line(ending.errors)) << ending.errors;
    EXPECT_TRUE(contains(ending.errors,
                         "cannot read '/nonexistent/boardd.toml': No such file or directory"));
}

TEST(Start, OnAPortInUseIsExitCode69)
{
    const TakenPort taken;
    const TemporaryDirectory directory;
    for (const char* protocol : {"pigpio", "text"}) {
        const std::string option = "--" + std::string{protocol} + "-port";
        Words arguments{"--config", directory.write("b.toml", ""), "--backend", "simulated"};
        arguments.insert(arguments.end(), {"--pigpio-port", "0", "--text-port", "0"});
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            if (arguments[i] == option) {
                arguments[i + 1] = taken.number();
            }
        }
        const Ending ending = run(arguments);
        EXPECT_EQ(ending.exit_code, 69);
        EXPECT_TRUE(is_one_line(ending.errors)) << ending.errors;
        EXPECT_TRUE(contains(ending.errors, "cannot listen on '127.0.0.1:" + taken.number() +
                                                "': Address already in use; "))
            << ending.errors;
        EXPECT_TRUE(contains(ending.errors, option)) << ending.errors;
    }
}

TEST(Start, WithoutTheHardwareItWasToldToUseIsExitCode69)
{
    if (std::filesystem::exists("/dev/gpiochip0")) {
        GTEST_SKIP() << "this machine has a gpiochip";
    }
    const Ending ending = run({"--config", "/dev/null", "--backend", "gpiod"});
    EXPECT_EQ(ending.exit_code, 69);
    EXPECT_TRUE(is_one_line(ending.errors)) << ending.errors;
    EXPECT_TRUE(contains(ending.errors, "no /dev/gpiochip* found")) << ending.errors;
}

TEST(Start, TellsWhatItIs)
{
    ServingBoardd boardd;
    const std::string log = boardd->log();
    EXPECT_TRUE(contains(log, "simulated board")) << log;
    EXPECT_TRUE(contains(log, "loop: ")) << log;
    EXPECT_TRUE(contains(log, "pigpio on 127.0.0.1:")) << log;
    EXPECT_TRUE(contains(log, "text on 127.0.0.1:")) << log;
}

TEST(Stop, BySigtermOrCtrlCIsCleanAndQuick)
{
    for (const int signal : {SIGTERM, SIGINT}) {
        ServingBoardd boardd{"[log]\nlevel = \"debug\"\n"};
        Client text{boardd->text_port()};
        Client pigpio{boardd->pigpio_port()};
        EXPECT_EQ(text.ask("PING"), "OK pong");
        boardd->send_signal(signal);
        EXPECT_EQ(boardd->wait_for_exit(), 0) << boardd->log();
        EXPECT_TRUE(contains(boardd->log(), "stopped\n")) << boardd->log();
        EXPECT_EQ(text.rest(), "");
        EXPECT_FALSE(contains(boardd->log(), "error")) << boardd->log();
        EXPECT_FALSE(contains(boardd->log(), "did not end")) << boardd->log();
    }
}

/// The service manager's end of sd_notify(3).
class NotifySocket {
public:
    explicit NotifySocket(const std::string& name)
        : name_{name}, descriptor_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)}
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        name.copy(address.sun_path, sizeof address.sun_path - 1);
        if (name.front() == '@') {
            address.sun_path[0] = '\0';
        }
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        const timeval patience{20, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), length) != 0) {
            throw std::runtime_error{"cannot bind " + name};
        }
    }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;
    ~NotifySocket() { (void)::close(descriptor_); }

    [[nodiscard]] std::string variable() const { return "NOTIFY_SOCKET=" + name_; }

    [[nodiscard]] std::string next() const
    {
        char message[1024];
        const ssize_t n = ::recv(descriptor_, message, sizeof message, 0);
        return n > 0 ? std::string{message, static_cast<std::size_t>(n)} : "nothing";
    }

private:
    std::string name_;
    int descriptor_;
};

TEST(Systemd, IsToldReadyReloadingAndStopping)
{
    const TemporaryDirectory directory;
    const std::string abstract = "@boardd-test-" + std::to_string(::getpid());
    for (const std::string& name : {directory.path() + "/notify", abstract}) {
        const NotifySocket manager{name};
        ServingBoardd boardd{"", {}, {manager.variable()}};
        EXPECT_EQ(manager.next().rfind("READY=1\nSTATUS=Serving the simulated board", 0), 0U);
        boardd->send_signal(SIGHUP);
        EXPECT_EQ(manager.next().rfind("RELOADING=1\nMONOTONIC_USEC=", 0), 0U);
        EXPECT_EQ(manager.next().rfind("READY=1\n", 0), 0U);
        boardd->send_signal(SIGTERM);
        EXPECT_EQ(manager.next().rfind("STOPPING=1\n", 0), 0U);
        EXPECT_EQ(boardd->wait_for_exit(), 0);
    }
}

TEST(Systemd, SocketLiesInTheRuntimeDirectory)
{
    const TemporaryDirectory directory;
    const std::string path = directory.path() + "/boardd.sock";
    ServingBoardd boardd{"", {}, {"RUNTIME_DIRECTORY=" + directory.path()}};
    EXPECT_TRUE(contains(boardd->log(), "text on " + path + '\n')) << boardd->log();
    {
        Client client{path};
        EXPECT_EQ(client.ask("PING"), "OK pong");
    }
    EXPECT_EQ(boardd->stop(), 0);
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Reload, AppliesTheLogLevelAndKeepsConnections)
{
    ServingBoardd boardd;
    Client client{boardd->text_port()};
    EXPECT_EQ(client.ask("SET 17 1"), "OK 1");
    (void)boardd.directory().write("boardd.toml", "[log]\nlevel = \"debug\"\n"
                                                  "[pins.lamp]\nline = 17\n");
    boardd->send_signal(SIGHUP);
    boardd->wait_for_log("reloaded ");
    EXPECT_TRUE(contains(boardd->log(), "[pins] has changed, which needs a restart"));
    EXPECT_EQ(client.ask("GET 17"), "OK 1");
    const Client another{boardd->text_port()};
    boardd->wait_for_log("text client 127.0.0.1:");
}

TEST(Reload, KeepsTheOldConfigurationWhenTheNewOneIsBad)
{
    ServingBoardd boardd;
    (void)boardd.directory().write("boardd.toml", "[log]\nlevel = \"debug\"\n[limits]\nx = 1\n");
    boardd->send_signal(SIGHUP);
    boardd->wait_for_log("keeping the old configuration");
    EXPECT_TRUE(contains(boardd->log(), "boardd.toml:4: unknown key 'x' in [limits]"));
    Client client{boardd->text_port()};
    EXPECT_EQ(client.ask("PING"), "OK pong");
    EXPECT_FALSE(contains(boardd->log(), "text client")) << boardd->log();
}

TEST(Tasks, AreLoggedOnSignal)
{
    ServingBoardd boardd;
    Client client{boardd->text_port()};
    EXPECT_EQ(client.ask("PING"), "OK pong");
    boardd->send_signal(SIGUSR1);
    boardd->wait_for_log("task 'main', created in ");
    boardd->wait_for_log("stream, bytes from '127.0.0.1:");
    EXPECT_EQ(client.ask("PING"), "OK pong");
}

TEST(Limits, OneClientTooManyIsRefusedAndAPlaceBecomesFree)
{
    ServingBoardd boardd{"[limits]\nconnections = 2\n"};
    Client first{boardd->text_port()};
    EXPECT_EQ(first.ask("PING"), "OK pong");
    {
        Client second{boardd->text_port()};
        EXPECT_EQ(second.ask("PING"), "OK pong");
        Client third{boardd->text_port()};
        EXPECT_EQ(third.line(), "ERR 503 full \"too many clients\"");
        EXPECT_EQ(third.rest(), "");
        boardd->wait_for_log("too many clients");
        EXPECT_EQ(second.ask("QUIT"), "OK bye");
        EXPECT_EQ(second.rest(), "");
    }
    std::string answer;
    for (int attempt = 0; attempt < 100 && answer != "OK pong"; ++attempt) {
        Client next{boardd->text_port()};
        try {
            answer = next.ask("PING");
        } catch (const std::runtime_error&) {
            // Refused and closed before we asked: the second's place is not free yet.
        }
    }
    EXPECT_EQ(answer, "OK pong");
}

/// Connects and resets the connection, before a boardd that stands still has accepted it.
void connect_and_reset(std::uint16_t port)
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const linger reset{1, 0};
    (void)::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    (void)::close(descriptor);
}

TEST(Listening, AClientThatIsGoneBeforeItIsAcceptedIsNotTakenForOneOnAUnixSocket)
{
    ServingBoardd boardd{"[log]\nlevel = \"debug\"\n"};
    boardd->send_signal(SIGSTOP);
    connect_and_reset(boardd->text_port());
    boardd->send_signal(SIGCONT);
    Client next{boardd->text_port()};
    EXPECT_EQ(next.ask("PING"), "OK pong");
    EXPECT_FALSE(contains(boardd->log(), "on a Unix socket")) << boardd->log();
}

/// voluntary_ctxt_switches of all threads of a process.
long voluntary_switches(pid_t pid)
{
    long sum = 0;
    const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
    for (const auto& thread : std::filesystem::directory_iterator{tasks}) {
        std::ifstream status{thread.path() / "status"};
        std::string line;
        const std::string key = "voluntary_ctxt_switches:";
        while (std::getline(status, line)) {
            if (line.rfind(key, 0) == 0) {
                sum += std::stol(line.substr(key.size()));
            }
        }
    }
    return sum;
}

TEST(Idle, NeverWakesUpWithClientsConnected)
{
    ServingBoardd boardd{"[pins.button]\nline = 4\nmode = \"in\"\npull = \"up\"\n"};
    Client text{boardd->text_port()};
    EXPECT_EQ(text.ask("WATCH button"), "OK 1");
    const Client pigpio{boardd->pigpio_port()};
    std::this_thread::sleep_for(std::chrono::milliseconds{500});

    const long before = voluntary_switches(boardd->pid());
    std::this_thread::sleep_for(std::chrono::seconds{10});
    EXPECT_EQ(voluntary_switches(boardd->pid()) - before, 0);
    EXPECT_EQ(text.ask("PING"), "OK pong");
}

}  // namespace
}  // namespace boardd_test
