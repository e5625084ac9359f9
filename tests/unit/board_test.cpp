#include <machine/board.hpp>

#include "machine/backend.hpp"
#include "machine/names.hpp"

#include <machine/led.hpp>
#include <machine/pin.hpp>
#include <machine/simulated_board.hpp>

#include <asyncio/errors.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using machine::LineAddress;
using machine::Pin;
using Names = std::vector<std::string>;

/// A board that is only names: two chips, as on a Pi.
class PaperBackend : public machine::detail::Backend {
public:
    PaperBackend()
    {
        chips_.emplace_back("gpiochip0", "/dev/gpiochip0", "brcmvirt-gpio", 2);
        chips_.emplace_back("gpiochip1", "/dev/gpiochip1", "pinctrl-bcm2711", 8);
    }

    std::string name() const override { return "paper"; }
    std::string description() const override { return "two chips"; }
    const std::vector<machine::detail::ChipInfo>& chips() const override { return chips_; }
    machine::LineInfo info(const LineAddress& address) override
    {
        static const Names header{"ID_SDA", "ID_SCL", "SDA1", "GPIO3", "TWIN", "TWIN", "", "gpio7"};
        machine::LineInfo info;
        info.address = address;
        info.name = address.chip == "gpiochip1" ? header.at(address.offset) : "";
        return info;
    }
    bool read(const LineAddress&) override { return true; }
    std::unique_ptr<machine::detail::LineDriver> open(const LineAddress&,
                                                      const machine::LineConfig&,
                                                      const std::string&,
                                                      machine::detail::EdgeSink&) override
    {
        return nullptr;
    }
    std::vector<std::string> leds() const override { return {"ACT", "PWR"}; }
    std::shared_ptr<machine::detail::LedDriver> open_led(unsigned) override { return nullptr; }
    std::unique_ptr<machine::detail::PwmDriver> open_pwm(std::string_view) override
    {
        return nullptr;
    }
    std::unique_ptr<machine::detail::PwmDriver> open_pwm(const LineAddress&) override
    {
        return nullptr;
    }

protected:
    void set_chips(std::vector<machine::detail::ChipInfo> chips) { chips_ = std::move(chips); }

private:
    std::vector<machine::detail::ChipInfo> chips_;
};

std::string complaint_about(const machine::Board& board, const std::string& name)
{
    try {
        return "found " + board.find(name).to_string();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
}

class PaperBoard : public ::testing::Test {
protected:
    machine::Board board{std::make_shared<PaperBackend>(), ""};
};

TEST_F(PaperBoard, ALineHasManyNames)
{
    const LineAddress three{"gpiochip1", 3};
    for (const std::string name : {"GPIO3", "gpio3", "3", "BCM3", "J8:5", "j8:5", "BOARD5",
                                   "gpiochip1:3", "/dev/gpiochip1:3", "pinctrl-bcm2711:3"}) {
        EXPECT_EQ(board.find(name), three) << name;
    }
    EXPECT_EQ(board.find(3), three);
    EXPECT_EQ(board.find("gpiochip0:1"), (LineAddress{"gpiochip0", 1}));
}

TEST_F(PaperBoard, ANumberWithoutSuchANameIsALineOfTheHeadersChip)
{
    EXPECT_EQ(board.find(2), (LineAddress{"gpiochip1", 2}));  // Called SDA1.
    EXPECT_EQ(board.find("GPIO2"), (LineAddress{"gpiochip1", 2}));
    EXPECT_EQ(board.find("SDA1"), (LineAddress{"gpiochip1", 2}));
}

TEST_F(PaperBoard, AnUnknownNameGetsTheNearestOnes)
{
    EXPECT_EQ(complaint_about(board, "SDA2"),
              "there is no line 'SDA2' on the paper board; did you mean 'SDA1'?");
    EXPECT_EQ(complaint_about(board, "id_sd"),
              "there is no line 'id_sd' on the paper board; did you mean 'ID_SDA' or 'ID_SCL'?");
    EXPECT_EQ(complaint_about(board, "xyzzy"), "there is no line 'xyzzy' on the paper board");
    EXPECT_EQ(complaint_about(board, "gpiochip2:1"),
              "there is no chip 'gpiochip2' on the paper board; "
              "did you mean 'gpiochip0' or 'gpiochip1'?");
    EXPECT_EQ(complaint_about(board, "gpiochip1:8"),
              "there is no line 8 of 'gpiochip1': its last is 7");
    EXPECT_EQ(complaint_about(board, "gpiochip1:x"),
              "'x' is no line of 'gpiochip1': expected a number from 0 to 7");
    EXPECT_EQ(complaint_about(board, "99"), "there is no line 99 of 'gpiochip1': its last is 7");
    EXPECT_THROW((void)board.find(-1), std::invalid_argument);
    EXPECT_THROW((void)board.find(""), std::invalid_argument);
    EXPECT_THROW((void)board.find("99999999999999999999"), std::invalid_argument);
}

TEST_F(PaperBoard, ANumberThatIsTooHighGetsTheNearestOnes)
{
    EXPECT_EQ(complaint_about(board, "gpiochip1:33"),
              "there is no line 33 of 'gpiochip1': its last is 7; did you mean 'gpiochip1:3'?");
    EXPECT_EQ(complaint_about(board, "33"),
              "there is no line 33 of 'gpiochip1': its last is 7; did you mean '3'?");
    EXPECT_EQ(complaint_about(board, "gpio33"),
              "there is no line 33 of 'gpiochip1': its last is 7; did you mean 'gpio3'?");
    EXPECT_EQ(complaint_about(board, "BCM12"),
              "there is no line 12 of 'gpiochip1': its last is 7; did you mean 'BCM1' or 'BCM2'?");
}

TEST_F(PaperBoard, WhatIsNoNameOfALineMayBeOneOfTheHeaderOrOfAnLed)
{
    EXPECT_EQ(complaint_about(board, "ACT"),
              "there is no line 'ACT' on the paper board; did you mean 'led:ACT'?");
    EXPECT_EQ(complaint_about(board, "BORD5"), "there is no line 'BORD5' on the paper board; "
                                               "did you mean 'BOARD5', 'BOARD3' or 'BOARD7'?");
    EXPECT_EQ(complaint_about(board, "BCN5"),
              "there is no line 'BCN5' on the paper board; did you mean 'BCM5', 'BCM2' or 'BCM3'?");
    EXPECT_EQ(complaint_about(board, "J9:5"),
              "there is no chip 'J9' on the paper board; did you mean 'J8'?");
}

TEST_F(PaperBoard, AnAmbiguousNameListsWhatItMayMean)
{
    EXPECT_EQ(complaint_about(board, "TWIN"),
              "several lines are called 'TWIN': say 'gpiochip1:4' or 'gpiochip1:5'");
}

TEST_F(PaperBoard, APinOfTheHeaderThatIsNoGpioIsRefused)
{
    EXPECT_EQ(complaint_about(board, "J8:1"),
              "cannot use 'J8:1': that pin of the header is no GPIO");
    EXPECT_EQ(complaint_about(board, "BOARD41"),
              "cannot use 'BOARD41': the header has no such pin; "
              "did you mean 'BOARD11', 'BOARD21' or 'BOARD31'?");
    EXPECT_EQ(complaint_about(board, "J8:99"),
              "cannot use 'J8:99': the header has no such pin; did you mean 'J8:19' or 'J8:29'?");
}

TEST_F(PaperBoard, AnLedIsFoundByItsNameAndIsNoLine)
{
    EXPECT_EQ(board.find_led("led:ACT"), 1);
    EXPECT_EQ(board.find_led("LED:pwr"), 2);
    EXPECT_EQ(complaint_about(board, "led:ACT"), "'led:ACT' is a name for an LED, not a line");
    try {
        (void)board.find_led("led:PWM");
        FAIL();
    } catch (const std::invalid_argument& error) {
        EXPECT_STREQ(error.what(),
                     "there is no LED 'led:PWM' on the paper board; did you mean 'led:PWR'?");
    }
}

/// Not a Raspberry Pi's: labels that say nothing, and the same twice.
class OtherBackend final : public PaperBackend {
public:
    OtherBackend()
    {
        set_chips({{"gpiochip0", "/dev/gpiochip0", "1c20800.pinctrl", 4},
                   {"gpiochip2", "/dev/gpiochip2", "1c20800.pinctrl", 4}});
    }
};

TEST(OtherBoard, WhoseHeaderIsNotKnownSaysSo)
{
    const machine::Board board{std::make_shared<OtherBackend>(), ""};
    EXPECT_EQ(complaint_about(board, "J8:11"),
              "cannot find 'J8:11' on the paper board: its header is not known");
    EXPECT_EQ(board.find(3), (LineAddress{"gpiochip0", 3}));
}

/// A Pi with a chip on I2C whose lines have the names that those of the header ought to have.
class ExpandedBackend final : public PaperBackend {
public:
    ExpandedBackend()
    {
        set_chips({{"gpiochip0", "/dev/gpiochip0", "pcf8575", 8},
                   {"gpiochip1", "/dev/gpiochip1", "pinctrl-bcm2711", 8}});
    }
    machine::LineInfo info(const LineAddress& address) override
    {
        machine::LineInfo info;
        info.address = address;
        const unsigned called = address.chip == "gpiochip0" ? 7 - address.offset : address.offset;
        info.name =
            called == 3 && address.chip == "gpiochip1" ? "SCL1" : "GPIO" + std::to_string(called);
        return info;
    }
};

TEST(ExpandedBoard, APinOfTheHeaderIsALineOfTheHeadersChip)
{
    const machine::Board board{std::make_shared<ExpandedBackend>(), ""};
    EXPECT_EQ(board.find("J8:5"), (LineAddress{"gpiochip1", 3})) << "not the other's GPIO3";
    EXPECT_EQ(board.find("BOARD3"), (LineAddress{"gpiochip1", 2}));
    EXPECT_EQ(complaint_about(board, "J8:11"), "there is no line 17 of 'gpiochip1': its last is 7");
    EXPECT_EQ(complaint_about(board, "GPIO2"),
              "several lines are called 'GPIO2': say 'gpiochip0:5' or 'gpiochip1:2'");
}

TEST(ExpandedBoard, ANumberIsALineOfTheHeadersChipToo)
{
    const machine::Board board{std::make_shared<ExpandedBackend>(), ""};
    EXPECT_EQ(board.find(3), (LineAddress{"gpiochip1", 3})) << "not the other's GPIO3";
    EXPECT_EQ(board.find("3"), (LineAddress{"gpiochip1", 3}));
    EXPECT_EQ(board.find("bcm3"), (LineAddress{"gpiochip1", 3}));
    EXPECT_EQ(board.find(4), (LineAddress{"gpiochip1", 4})) << "both have a GPIO4";
    EXPECT_EQ(board.find("GPIO3"), (LineAddress{"gpiochip0", 4})) << "a name, which one line has";
}

TEST(OtherBoard, WithTwoChipsOfOneLabelListsWhatItMayMean)
{
    const machine::Board board{std::make_shared<OtherBackend>(), ""};
    EXPECT_EQ(complaint_about(board, "1c20800.pinctrl:3"),
              "several chips are called '1c20800.pinctrl': say 'gpiochip0:3' or 'gpiochip2:3'");
    EXPECT_EQ(board.find("GPIOCHIP2:3"), (LineAddress{"gpiochip2", 3}));
}

TEST_F(PaperBoard, AnAliasIsANameToo)
{
    board.alias("button", LineAddress{"gpiochip1", 6});
    EXPECT_EQ(board.find("button"), (LineAddress{"gpiochip1", 6}));
    EXPECT_EQ(board.nearest_names("buttom", 1), Names{"button"});
    EXPECT_THROW(board.alias("lamp", LineAddress{"gpiochip9", 0}), std::invalid_argument);
}

TEST(MachineNames, DistanceIsTheNumberOfLettersToChange)
{
    using machine::detail::distance;
    EXPECT_EQ(distance("", ""), 0U);
    EXPECT_EQ(distance("button", "button"), 0U);
    EXPECT_EQ(distance("", "abc"), 3U);
    EXPECT_EQ(distance("kitten", "sitting"), 3U);
    EXPECT_EQ(distance("GPIO17", "GPIO1"), 1U);
}

class MachineBoard : public ::testing::Test {
protected:
    void SetUp() override { machine::use_backend("simulated"); }
};

TEST_F(MachineBoard, SaysWhichOneItIsAndWhy)
{
    EXPECT_EQ(machine::board().backend(), "simulated");
    EXPECT_EQ(machine::board().description(), "simulated board: as asked for");
    EXPECT_NE(machine::board().simulated(), nullptr);
}

TEST_F(MachineBoard, CannotBeChangedWhileItsLinesOrLedsAreInUse)
{
    {
        const Pin pin(17);
        EXPECT_THROW(machine::use_backend("simulated"), asyncio::RuntimeError);
    }
    {
        const machine::LED led(1);
        EXPECT_THROW(machine::use_backend("simulated"), asyncio::RuntimeError);
    }
    machine::simulated_board().drive(3, 1);
    machine::use_backend("simulated");
    EXPECT_EQ(machine::simulated_board().level(3), 0) << "a fresh board";
}

TEST_F(MachineBoard, AnUnknownBackendIsRefusedAndTheOldOneStays)
{
    machine::simulated_board().drive(3, 1);
    EXPECT_THROW(machine::use_backend("pigpio"), std::invalid_argument);
    EXPECT_EQ(machine::simulated_board().level(3), 1);
}

TEST_F(MachineBoard, ReadTellsTheLevelOfAnyLineAndInfoWhoHasIt)
{
    const LineAddress four{"simulated", 4};
    machine::simulated_board().drive(4, 1);
    EXPECT_EQ(machine::board().read(four), 1);
    EXPECT_FALSE(machine::board().info(four).used);

    const machine::Line line{
        four, machine::LineConfig{machine::Mode::in, machine::Bias::up, {}, true}, "garden"};
    EXPECT_EQ(line.value(), 0) << "active low";
    EXPECT_EQ(machine::board().read(four), 1) << "the level, not the value";
    const machine::LineInfo info = machine::board().info(four);
    EXPECT_TRUE(info.used);
    EXPECT_EQ(info.consumer, "garden");
    EXPECT_TRUE(info.active_low);
    EXPECT_EQ(info.bias, machine::Bias::up);
    EXPECT_THROW((void)machine::board().info({"simulated", 54}), std::invalid_argument);
    EXPECT_THROW((void)machine::board().read({"gpiochip0", 4}), std::invalid_argument);
}

// The choice at the first use needs a process of its own.
class MachineBoardChoice : public ::testing::Test {
protected:
    void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

    [[noreturn]] static void print_board(const char* variable)
    {
        ::setenv("MACHINE_BACKEND", variable, 1);
        try {
            std::fputs(machine::board().description().c_str(), stderr);
        } catch (const std::exception& error) {
            std::fputs(error.what(), stderr);
        }
        std::exit(0);
    }
};

TEST_F(MachineBoardChoice, FollowsTheEnvironment)
{
    EXPECT_EXIT(print_board("simulated"), ::testing::ExitedWithCode(0),
                "simulated board: as asked for by MACHINE_BACKEND");
    EXPECT_EXIT(
        print_board("nonsense"), ::testing::ExitedWithCode(0),
        "cannot use the backend 'nonsense' of MACHINE_BACKEND: expected auto, simulated or gpiod");
}

TEST_F(MachineBoardChoice, WithoutChipsIsSimulatedAndSaysSo)
{
    if (std::filesystem::exists("/dev/gpiochip0")) {
        GTEST_SKIP() << "this machine has a gpiochip";
    }
    EXPECT_EXIT(print_board(""), ::testing::ExitedWithCode(0),
                "simulated board: no /dev/gpiochip. found");
    EXPECT_EXIT(print_board("auto"), ::testing::ExitedWithCode(0),
                "simulated board: no /dev/gpiochip. found");
    EXPECT_EXIT(print_board("gpiod"), ::testing::ExitedWithCode(0),
                "there is no gpiod board: no /dev/gpiochip. found");
}

}  // namespace
