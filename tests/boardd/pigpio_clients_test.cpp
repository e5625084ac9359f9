// boardd as pigpio's unmodified clients see it: pigs, python3-pigpio, gpiozero, and raw sockets.

#include "boardd/process.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <ostream>
#include <stdexcept>
#include <string>
#include <sys/wait.h>

namespace boardd_test {
namespace {

/// How a command ended.
struct Ended {
    int code;
    std::string output;  // Of stdout and stderr.
};

/// Runs a shell command with the environment that pigpio's clients look at.
Ended run(Boardd& boardd, const std::string& command)
{
    const std::string line =
        "PIGPIO_ADDR=127.0.0.1 PIGPIO_PORT=" + std::to_string(boardd.pigpio_port()) +
        " TEXT_PORT=" + std::to_string(boardd.text_port()) +
        " BOARDD_PID=" + std::to_string(boardd.pid()) +
        " GPIOZERO_PIN_FACTORY=pigpio; "
        "export PIGPIO_ADDR PIGPIO_PORT TEXT_PORT BOARDD_PID GPIOZERO_PIN_FACTORY; "
        "exec 2>&1; " +
        command;
    std::FILE* const pipe = ::popen(line.c_str(), "r");
    if (pipe == nullptr) {
        throw std::runtime_error{"cannot run " + command};
    }
    std::string output;
    std::array<char, 4096> buffer;
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
        output.append(buffer.data(), n);
    }
    const int status = ::pclose(pipe);
    return Ended{WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

/// A script of tests/boardd, and the function in it that tells the story.
struct Story {
    const char* script;
    const char* name;

    friend std::ostream& operator<<(std::ostream& out, const Story& story)
    {
        return out << story.script << '.' << story.name;
    }
};

class PigpioScript : public testing::TestWithParam<Story> {};

TEST_P(PigpioScript, EndsWell)
{
    ServingBoardd boardd;
    const Ended ended =
        run(*boardd, std::string{"timeout 90 "} + PYTHON + " -B " + SOURCE_DIR + "/tests/boardd/" +
                         GetParam().script + ".py " + GetParam().name);
    EXPECT_EQ(ended.code, 0) << ended.output << boardd->log();
    EXPECT_EQ(ended.output, "done\n");
    EXPECT_EQ(boardd->stop(), 0) << boardd->log();
}

constexpr Story stories[] = {
    {"python_pigpio", "read_and_write"},
    {"python_pigpio", "errors"},
    {"python_pigpio", "callbacks"},
    {"python_pigpio", "wait_for_edge"},
    {"python_pigpio", "pwm"},
    {"python_pigpio", "filters_and_watchdogs"},
    {"python_pigpio", "many_clients"},
    {"gpiozero_stories", "led"},
    {"gpiozero_stories", "led_blinks"},
    {"gpiozero_stories", "button"},
    {"gpiozero_stories", "button_with_pull_down"},
    {"gpiozero_stories", "button_bounces"},
    {"gpiozero_stories", "button_drives_led"},
    {"gpiozero_stories", "pwm"},
    {"gpiozero_stories", "forty_factories"},
    {"raw_pigpio", "split_sends"},
    {"raw_pigpio", "each_reply_comes_in_one_piece"},
    {"raw_pigpio", "pipelined"},
    {"raw_pigpio", "unknown_commands"},
    {"raw_pigpio", "an_endless_extension_closes"},
    {"raw_pigpio", "noise"},
    {"raw_pigpio", "half_a_request"},
    {"raw_pigpio", "handles_are_freed"},
    {"raw_pigpio", "handles_are_global"},
    {"raw_pigpio", "the_report_precedes_the_reply"},
    {"raw_pigpio", "a_delay_delays_only_its_client"},
    {"raw_pigpio", "a_slow_client_is_sent_away"},
    {"raw_pigpio", "a_client_that_reads_no_replies"},
    {"raw_pigpio", "an_idle_daemon_sleeps"},
};

INSTANTIATE_TEST_SUITE_P(Clients, PigpioScript, testing::ValuesIn(stories));

TEST(Pigs, DrivesAndReadsPins)
{
    ServingBoardd boardd;
    const Ended ended = run(
        *boardd, "pigs modes 17 w w 17 1 r 17 mg 17 w 17 0 r 17 modes 4 r pud 4 u r 4 br1 mg 4");
    EXPECT_EQ(ended.code, 0);
    EXPECT_EQ(ended.output, "1\n1\n0\n1\n00000010\n0\n");
}

TEST(Pigs, IsToldWhatIsWrong)
{
    ServingBoardd boardd;
    const Ended bad_gpio = run(*boardd, "pigs w 99 1");
    EXPECT_EQ(bad_gpio.code, 253);
    EXPECT_NE(bad_gpio.output.find("ERROR: GPIO not 0-53"), std::string::npos) << bad_gpio.output;
    EXPECT_NE(bad_gpio.output.find("-3\n"), std::string::npos) << bad_gpio.output;
    const Ended unknown = run(*boardd, "pigs wvclr");
    EXPECT_EQ(unknown.code, 253);
    EXPECT_NE(unknown.output.find("ERROR: unknown command"), std::string::npos) << unknown.output;
    boardd->wait_for_log("asked for command 27, which is not offered");
}

TEST(Pigs, HasPwmServosAndDelays)
{
    ServingBoardd boardd;
    const Ended ended = run(*boardd, "pigs pfs 18 100 prs 18 1000 p 18 250 gdc 18 pfg 18 prg 18 "
                                     "prrg 18 p 18 0 s 12 1500 gpw 12 s 12 0 mils 20 mics 100 "
                                     "hwver pigpv fg 4 1000 fn 4 1000 2000 wdog 4 0 evt 3 "
                                     "trig 17 10 1");
    EXPECT_EQ(ended.code, 0);
    EXPECT_EQ(ended.output, "100\n2000\n250\n100\n1000\n2000\n1500\n10494082\n79\n");
}

TEST(Pigs, ConnectsToLocalhostOfBothFamilies)
{
    ServingBoardd boardd;
    EXPECT_EQ(run(*boardd, "PIGPIO_ADDR=localhost pigs pigpv").output, "79\n");
    EXPECT_EQ(run(*boardd, "PIGPIO_ADDR=127.0.0.1 pigs pigpv").output, "79\n");
}

TEST(Pigs, SeesOnlyThePinsThatTheConfigurationExposes)
{
    ServingBoardd boardd{"[pigpio]\npins = [\"GPIO17\"]\n"};
    EXPECT_EQ(run(*boardd, "pigs w 17 1 br1").output, "00020000\n");
    EXPECT_EQ(run(*boardd, "pigs w 18 1").code, 253);
    boardd->wait_for_log("command 4 on GPIO 18 is not permitted");
}

}  // namespace
}  // namespace boardd_test
