// Pins on real lines of a real kernel, seen from both sides. ./dev board-test runs it in a virtual
// machine, with libgpiod 1.6 and with libgpiod 2.
#include "outside.hpp"

#include <machine/board.hpp>
#include <machine/button.hpp>
#include <machine/edge_stream.hpp>
#include <machine/led.hpp>
#include <machine/pin.hpp>
#include <machine/pwm.hpp>

#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/wait_for.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using asyncio::Coroutine;
using machine::Edge;
using machine::Pin;
using namespace std::chrono_literals;

class Lines : public ::testing::Test {
protected:
    static void SetUpTestSuite()
    {
        ASSERT_TRUE(Outside::here()) << "this is for ./dev board-test";
        machine::use_backend("gpiod");
    }
};

std::chrono::nanoseconds monotonic() { return std::chrono::steady_clock::now().time_since_epoch(); }

/// The next `count` edges; fewer if half a second brings none.
Coroutine<std::vector<Edge>> edges_of(Pin pin, std::size_t count)
{
    std::vector<Edge> seen;
    while (seen.size() < count) {
        try {
            const Edge edge = co_await asyncio::wait_for_ms(pin.edge(), 500);
            seen.push_back(edge);
        } catch (const asyncio::TimeoutError&) {
            break;
        }
    }
    co_return seen;
}

TEST_F(Lines, TheBoardIsTheKernelsAndItsLinesAreFoundByEveryName)
{
    machine::Board& board = machine::board();
    EXPECT_EQ(board.backend(), "gpiod");
    EXPECT_NE(board.description().find("gpiochip0 (pinctrl-bcm2711, 58 lines)"), std::string::npos)
        << board.description();
    for (const char* name : {"GPIO17", "gpio17", "17", "BCM17", "J8:11", "BOARD11", "gpiochip0:17",
                             "/dev/gpiochip0:17", "pinctrl-bcm2711:17"}) {
        EXPECT_EQ(board.find(name).to_string(), "gpiochip0:17") << name;
    }
}

TEST_F(Lines, AnOutputHasItsValueFromTheFirstMoment)
{
    const Outside::Wire wire{17};
    wire.drive(false);
    Pin high(17, Pin::OUT, {}, 1);
    EXPECT_TRUE(wire.level());
    high.off();
    EXPECT_FALSE(wire.level());
    high.toggle();
    EXPECT_TRUE(wire.level());
    EXPECT_EQ(high.value(), 1);
}

TEST_F(Lines, AnInputReadsWhatIsOutsideAndAPullDecidesWhereNothingIs)
{
    const Outside::Wire wire{18};
    Pin pin(18, Pin::IN);
    wire.drive(true);
    EXPECT_EQ(pin.value(), 1);
    wire.drive(false);
    EXPECT_EQ(pin.value(), 0);
    pin.pull(Pin::PULL_UP);
    EXPECT_TRUE(wire.level());
    EXPECT_EQ(pin.value(), 1);
    pin.pull(Pin::PULL_DOWN);
    EXPECT_EQ(pin.value(), 0);
    EXPECT_EQ(machine::board().info(pin.address()).consumer, "asyncio");
}

TEST_F(Lines, ActiveLowTurnsValuesAndEdgesRound)
{
    const Outside::Wire wire{19};
    wire.drive(false);
    machine::Line line{machine::board().find(19),
                       machine::LineConfig{machine::Mode::in, machine::Bias::as_is, {}, true}};
    EXPECT_EQ(line.value(), 1);
    line.configure(machine::LineConfig{machine::Mode::out, machine::Bias::as_is, true, true});
    EXPECT_FALSE(wire.level());
    line.value(0);
    EXPECT_TRUE(wire.level());
}

Coroutine<std::vector<Edge>> pull_and_see(Pin pin, const Outside::Wire& wire)
{
    (void)pin.edge();  // From here on edges are kept.
    wire.drive(true);
    co_await asyncio::sleep_ms(20);  // At once, both would be one to the kernel.
    wire.drive(false);
    co_await asyncio::sleep_ms(20);
    wire.drive(true);
    auto seen = co_await edges_of(pin, 4);
    co_return seen;
}

TEST_F(Lines, EdgesComeWithTheKernelsTimeAndNoneIsLostBetweenTwoAwaits)
{
    const Outside::Wire wire{20};
    wire.drive(false);
    const auto before = monotonic();
    const std::vector<Edge> seen = asyncio::run(pull_and_see(Pin(20, Pin::IN), wire));
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_TRUE(seen[0].rising);
    EXPECT_FALSE(seen[1].rising);
    EXPECT_TRUE(seen[2].rising);
    EXPECT_LE(before, seen[0].timestamp);
    EXPECT_LE(seen[0].timestamp, seen[1].timestamp);
    EXPECT_GE(seen[2].timestamp - seen[1].timestamp, 20ms);
    EXPECT_LE(seen[2].timestamp, monotonic());
    for (std::size_t i = 0; i < seen.size(); ++i) {
        EXPECT_EQ(seen[i].sequence, i + 1);
    }
}

Coroutine<std::vector<Edge>> bounce(Pin pin, const Outside::Wire& wire)
{
    (void)pin.edge();
    for (int i = 0; i < 11; ++i) {
        wire.drive(i % 2 == 0);
        co_await asyncio::sleep_ms(1);
    }
    auto seen = co_await edges_of(pin, 2);
    co_return seen;
}

TEST_F(Lines, ASwitchThatBouncesIsOneEdge)
{
    const Outside::Wire wire{21};
    wire.drive(false);
    Pin pin(21, Pin::IN);
    pin.debounce(100ms);
    const auto before = monotonic();
    const std::vector<Edge> seen = asyncio::run(bounce(pin, wire));
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_TRUE(seen[0].rising);
    EXPECT_GE(seen[0].timestamp - before, 100ms) << "it has the time at which the level was steady";
    EXPECT_EQ(pin.value(), 1);
    EXPECT_EQ(pin.lost_edges(), 0U);
}

/// The message of the OSError that requesting the line gives.
std::string refusal(unsigned line)
{
    try {
        machine::Line taken{machine::board().find(static_cast<int>(line))};
    } catch (const asyncio::OSError& error) {
        EXPECT_EQ(error.code().value(), EBUSY);
        return error.what();
    }
    return "it was given";
}

TEST_F(Lines, ALineOfAKernelDriverIsBusyAndTheMessageSaysWhose)
{
    EXPECT_EQ(refusal(42),
              "cannot request line 42 of '/dev/gpiochip0' (used by 'ACT', the kernel): "
              "Device or resource busy");
}

TEST_F(Lines, ALineOfAnotherProcessIsBusyAndTheMessageSaysWhose)
{
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {  // Another program with the line: a fresh copy of this one.
        const machine::Line line{machine::board().find(22), machine::LineConfig{}, "somebody"};
        (void)!::write(ready[1], "x", 1);
        ::pause();
    }
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    const std::string message = refusal(22);
    EXPECT_NE(message.find("used by 'somebody', "), std::string::npos) << message;
    const std::string process = "process " + std::to_string(child) + " 'board_tests'";
    EXPECT_NE(message.find(process), std::string::npos) << message;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_NO_THROW(machine::Line{machine::board().find(22)}) << "the kernel has let go";
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_F(Lines, AnLedOfTheKernelLightsItsLine)
{
    const Outside::Wire wire{42};  // Its LED is "ACT", and GPIO43's "PWR".
    machine::LED led("led:ACT");
    led.on();
    EXPECT_TRUE(wire.level());
    EXPECT_EQ(led.value(), 1);
    led.off();
    EXPECT_FALSE(wire.level());

    EXPECT_EQ(led.trigger(), "none");
    led.trigger("timer");  // Half a second on, half a second off.
    int changes = 0;
    bool before = wire.level();
    for (int i = 0; i < 250; ++i) {
        std::this_thread::sleep_for(10ms);
        changes += wire.level() != before ? 1 : 0;
        before = wire.level();
    }
    EXPECT_GE(changes, 3);
    EXPECT_EQ(led.trigger(), "timer");
    led.on();  // It is ours again.
    EXPECT_EQ(led.trigger(), "none");
    EXPECT_TRUE(wire.level());
    led.off();
}

TEST_F(Lines, NoLevelShowsThatNobodyAskedForFromStartToEnd)
{
    // Outside and the program want the same level all the time, so another one is a glitch.
    for (const bool level : {false, true}) {
        const Outside::Wire wire{23};
        wire.drive(level);
        const Outside::Recorder recorder{wire};
        const int value = level ? 1 : 0;
        for (int i = 0; i < 200; ++i) {
            Pin pin(23, Pin::OUT, {}, value);
            pin.mode(Pin::IN);
            pin.value(value);
            pin.mode(Pin::OPEN_DRAIN);
            pin.mode(Pin::OUT);
            pin.irq([](Pin) {});
            pin.mode(Pin::IN);
            pin.mode(Pin::OUT);
        }
        EXPECT_EQ(recorder.levels(), level ? "1" : "0");
        EXPECT_GE(recorder.looks(), 1000U) << "five in a round";
    }
}

TEST_F(Lines, AnOutputIsNotLetGoWhateverBecomesOfIt)
{
    // Outside pulls to the other side, so a line that is let go shows it.
    for (const bool level : {false, true}) {
        const Outside::Wire wire{23};
        wire.drive(!level);
        const int value = level ? 1 : 0;
        Pin pin(23, Pin::OUT, {}, value);
        const Outside::Recorder recorder{wire};
        for (int i = 0; i < 200; ++i) {
            pin.init(level ? Pin::OPEN_SOURCE : Pin::OPEN_DRAIN, {}, value);
            pin.irq([](Pin) {});
            pin.mode(Pin::OUT);
            pin.value(value);
            pin.pull(level ? Pin::PULL_DOWN : Pin::PULL_UP);
            pin.irq({});
            pin.debounce(i % 2 == 0 ? 10ms : 0ms);
            const Pin again(23, Pin::OUT, {}, value);
            pin.pull(Pin::PULL_NONE);
        }
        EXPECT_EQ(recorder.levels(), level ? "1" : "0");
        EXPECT_GE(recorder.looks(), 1000U) << "five in a round";
    }
}

TEST_F(Lines, ALineThatIsLetGoShowsItToTheRecorder)
{
    const Outside::Wire wire{23};
    wire.drive(false);
    const Outside::Recorder recorder{wire};
    {
        const Pin pin(23, Pin::OUT, {}, 1);
        EXPECT_EQ(recorder.levels(), "01");
    }
    EXPECT_EQ(recorder.levels(), "010");
}

TEST_F(Lines, AProcessThatIsKilledShowsNoLevelThatNobodyAskedFor)
{
    const Outside::Wire wire{23};
    wire.drive(true);
    const Outside::Recorder recorder{wire};
    for (int i = 0; i < 10; ++i) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            Pin pin(23, Pin::OUT, {}, 1);
            ::kill(::getpid(), SIGKILL);
        }
        ::waitpid(child, nullptr, 0);
    }
    EXPECT_EQ(recorder.levels(), "1");
    EXPECT_GE(recorder.looks(), 100U) << "ten for a process";
}

std::size_t descriptors()
{
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator{"/proc/self/fd"}) {
        ++count;
    }
    return count;
}

long resident_pages()
{
    long all = 0;
    long resident = 0;
    std::ifstream{"/proc/self/statm"} >> all >> resident;
    return resident;
}

Coroutine<> wait_for_edge(Pin pin)
{
    const Edge edge = co_await pin.edge();
    (void)edge;
}

/// Everything that a pin can be, opened and closed so often.
Coroutine<> open_and_close(int times)
{
    for (int i = 0; i < times; ++i) {
        {
            Pin pin(24, Pin::IN, Pin::PULL_UP);
            pin.irq([](Pin) {});
            const machine::EdgeStream edges = pin.edges();
            pin.debounce(1ms);
            auto wait = asyncio::create_task(wait_for_edge(pin));
            machine::Button button(26);
            button.when_pressed([](machine::Button) {});
            Pin out(25, Pin::OUT, {}, 1);
            machine::LED light(Pin(27, Pin::OUT, {}, 0));
            light.intensity(100);
            machine::PWM pwm(Pin(28, Pin::OUT, {}, 0), 1000);
            pwm.duty_u16(30'000);
            co_await asyncio::sleep_ms(0);
            wait.cancel();
        }
        co_await asyncio::sleep_ms(0);
    }
}

TEST_F(Lines, TenThousandTimesOpenedAndClosedLeaveNothing)
{
    asyncio::run(open_and_close(200));  // What is made once is there now.
    const std::size_t open = descriptors();
    const long pages = resident_pages();
    asyncio::run(open_and_close(std::getenv("BOARD_QUICK") == nullptr ? 10'000 : 1'000));
    EXPECT_EQ(descriptors(), open);
    EXPECT_LE(resident_pages(), pages + 64);
    for (const int line : {24, 25, 26, 27, 28}) {
        EXPECT_FALSE(machine::board().info(machine::board().find(line)).used) << line;
    }
}

}  // namespace
