// What a line shows over the life of boardd, seen from outside of the chip.
#include "outside.hpp"

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;

constexpr const char* program = "build/board/bin/boardd";
constexpr const char* config = "/tmp/glitch.toml";
constexpr std::uint16_t port = 8880;

/// A connection to the text protocol.
class Client {
public:
    Client() : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ =
            ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { ::close(socket_); }

    [[nodiscard]] bool connected() const { return connected_; }

    /// Sends a command; true if the answer is OK.
    [[nodiscard]] bool ask(const std::string& command)
    {
        const std::string line = command + '\n';
        if (::send(socket_, line.data(), line.size(), MSG_NOSIGNAL) < 0) {
            return false;
        }
        std::string answer;
        for (char next = 0; next != '\n' && ::recv(socket_, &next, 1, 0) == 1;) {
            answer += next;
        }
        return answer.starts_with("OK");
    }

private:
    int socket_;
    bool connected_ = false;
};

/// A boardd with one output; it runs, and can be reached.
class Boardd {
public:
    explicit Boardd(bool level)
    {
        std::ofstream{config} << "[pins.lamp]\nline = \"GPIO12\"\nmode = \"out\"\non_start = \""
                              << (level ? "high" : "low") << "\"\non_stop = \"keep\"\n";
        // The kernel closes the ring of a process that was killed, and the sockets in it, a little
        // after its end: who connects until then is reset.
        for (int i = 0; i < 100 && Client{}.connected(); ++i) {
            std::this_thread::sleep_for(50ms);
        }
        process_ = ::fork();
        if (process_ == 0) {
            const int log = ::open("/tmp/glitch.log", O_WRONLY | O_CREAT | O_TRUNC, 0600);
            ::dup2(log, STDOUT_FILENO);
            ::dup2(log, STDERR_FILENO);
            ::execl(program, program, "--config", config, "--backend", "gpiod", nullptr);
            ::_exit(127);
        }
        for (int i = 0; i < 600; ++i) {
            if (Client{}.ask("PING")) {
                return;
            }
            std::this_thread::sleep_for(50ms);
        }
        end(SIGKILL);
        throw std::runtime_error{"boardd does not answer; see /tmp/glitch.log"};
    }
    Boardd(const Boardd&) = delete;
    Boardd& operator=(const Boardd&) = delete;
    ~Boardd()
    {
        if (process_ > 0) {
            end(SIGKILL);
        }
    }

    void signal(int number) const { ::kill(process_, number); }

    /// Its status, as waitpid() has it.
    int end(int number)
    {
        signal(number);
        int status = -1;
        ::waitpid(process_, &status, 0);
        process_ = -1;
        return status;
    }

private:
    pid_t process_ = -1;
};

class BoarddLines : public ::testing::TestWithParam<bool> {
protected:
    static void SetUpTestSuite() { ASSERT_TRUE(Outside::here()) << "this is for ./dev board-test"; }

    /// What is asked for, and the other level.
    const std::string asked = GetParam() ? "1" : "0";
    const std::string other = GetParam() ? "0" : "1";
};

TEST_P(BoarddLines, ShowNoLevelThatNobodyAskedForFromBeforeItsStartToAfterItsEnd)
{
    // Outside and boardd want the same level all the time, so another one is a glitch.
    const Outside::Wire lamp{12};
    const Outside::Wire claimed{13};
    lamp.drive(GetParam());
    claimed.drive(GetParam());
    const Outside::Recorder of_lamp{lamp};
    const Outside::Recorder of_claimed{claimed};
    for (const int end : {SIGTERM, SIGKILL, SIGTERM}) {
        Boardd boardd{GetParam()};
        Client client;
        for (const std::string& command :
             {"SET lamp " + asked, std::string{"MODE lamp in"}, "SET lamp " + asked,
              std::string{"MODE lamp open_drain"}, std::string{"MODE lamp out"},
              std::string{"WATCH lamp"}, std::string{"MODE lamp in"}, std::string{"MODE lamp out"},
              "SET GPIO13 " + asked, std::string{"MODE GPIO13 open_drain"},
              std::string{"MODE GPIO13 in"}, std::string{"MODE GPIO13 out"}}) {
            EXPECT_TRUE(client.ask(command)) << command;
        }
        boardd.signal(SIGHUP);
        EXPECT_TRUE(client.ask("PING"));
        const int status = boardd.end(end);
        EXPECT_EQ(status, end == SIGTERM ? 0 : end);
    }
    EXPECT_EQ(of_lamp.levels(), asked);
    EXPECT_EQ(of_claimed.levels(), asked);
    EXPECT_GE(of_lamp.looks(), 1000U) << "more than ten for a command";
    EXPECT_GE(of_claimed.looks(), 1000U);
}

TEST_P(BoarddLines, ChangeOnceAtTheStartAndAtMostOnceAtTheEndAgainstThePullOutside)
{
    const Outside::Wire lamp{12};
    for (const int end : {SIGTERM, SIGKILL}) {
        lamp.drive(!GetParam());
        const Outside::Recorder recorder{lamp};
        Boardd boardd{GetParam()};
        Client client;
        EXPECT_TRUE(client.ask("SET lamp " + asked));
        EXPECT_TRUE(client.ask("MODE lamp out"));
        EXPECT_TRUE(client.ask("WATCH lamp"));
        boardd.signal(SIGHUP);
        EXPECT_TRUE(client.ask("MODE lamp out"));
        EXPECT_EQ(recorder.levels(), other + asked);
        (void)boardd.end(end);
        const std::string after = recorder.levels();  // The kernel may let go of the line.
        EXPECT_TRUE(after == other + asked || after == other + asked + other) << after;
    }
}

INSTANTIATE_TEST_SUITE_P(Both, BoarddLines, ::testing::Bool());

}  // namespace
