#include "machine/pwm_pins.hpp"

#include "machine/board_choice.hpp"
#include "machine/gpiod_backend.hpp"
#include "paper_tree.hpp"

#include <machine/board.hpp>
#include <machine/pwm.hpp>

#include <asyncio/errors.hpp>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using machine::PWM;
using machine::detail::pwm_channel_of;
using machine_tests::PaperTree;

/// A chip of which nothing can be had.
class PaperChip final : public machine::detail::GpiodChip {
public:
    explicit PaperChip(std::string consumer) : consumer_{std::move(consumer)} {}

    [[nodiscard]] std::string label() const override { return "pinctrl-bcm2711"; }
    [[nodiscard]] unsigned lines() const override { return 58; }
    void describe(unsigned, machine::LineInfo& info) override
    {
        info.consumer = consumer_;
        info.used = !consumer_.empty();
    }
    [[nodiscard]] std::unique_ptr<machine::detail::GpiodRequest> request(
        unsigned, const machine::LineConfig&, const std::string&) override
    {
        asyncio::detail::throw_errno(EBUSY, "request a line");
    }

private:
    std::string consumer_;
};

/// A /sys with a device tree and PWM hardware, as a Raspberry Pi's.
class PwmPins : public ::testing::Test, protected PaperTree {
protected:
    void SetUp() override { fs::create_directories(tree / "soc"); }
    void TearDown() override { machine::detail::use_board(nullptr); }

    static void text(const fs::path& file, const std::string& words)
    {
        std::ofstream{file} << words << '\n';
    }

    /// PWM hardware whose pins the node with this handle sets up.
    void controller(const std::string& chip, const std::string& compatible, std::uint32_t handle)
    {
        const fs::path node = tree / "soc" / ("pwm-of-" + chip);
        strings(node / "compatible", {compatible});
        cells(node / "pinctrl-0", {handle});
        cells(node / "phandle", {handle + 1000});
        const fs::path device = sys / "devices" / chip;
        fs::create_directories(device);
        fs::create_directory_symlink(node, device / "of_node");
        const fs::path folder = sys / "class/pwm" / chip;
        fs::create_directories(folder);
        fs::create_directory_symlink(device, folder / "device");
        text(folder / "npwm", "2");
    }
    /// What the overlay pwm-2chan sets up.
    void two_channels()
    {
        controller("pwmchip0", "brcm,bcm2835-pwm", 7);
        const fs::path pins = tree / "soc/gpio/pwm_pins";
        cells(pins / "phandle", {7});
        cells(pins / "brcm,pins", {18, 19});
        cells(pins / "brcm,function", {2, 2});
    }
    [[nodiscard]] std::string on_2711(unsigned pin) const
    {
        return pwm_channel_of("pinctrl-bcm2711", pin, sys);
    }

    void use_board(std::string consumer = "")
    {
        std::map<std::string, std::unique_ptr<machine::detail::GpiodChip>> chips;
        chips.emplace("gpiochip0", std::make_unique<PaperChip>(std::move(consumer)));
        const machine::detail::ChipInfo info{"gpiochip0", "/dev/gpiochip0", "pinctrl-bcm2711", 58};
        machine::detail::use_board(std::make_unique<machine::Board>(
            std::make_shared<machine::detail::GpiodBackend>(std::move(chips), std::vector{info},
                                                            sys / "class/leds", sys),
            ""));
    }
};

TEST_F(PwmPins, TheDeviceTreeSaysWhichChannelDrivesAPin)
{
    two_channels();
    EXPECT_EQ(on_2711(18), "pwmchip0:0");
    EXPECT_EQ(on_2711(19), "pwmchip0:1");
    EXPECT_EQ(on_2711(12), "") << "it could, but is not connected";
    EXPECT_EQ(on_2711(17), "");
    EXPECT_EQ(pwm_channel_of("raspberrypi-exp-gpio", 18, sys), "") << "another chip's line 18";
}

TEST_F(PwmPins, OneFunctionMayCountForAllPins)
{
    controller("pwmchip3", "brcm,bcm2835-pwm", 7);
    cells(tree / "soc/gpio/pins" / "phandle", {7});
    cells(tree / "soc/gpio/pins" / "brcm,pins", {12, 13});
    cells(tree / "soc/gpio/pins" / "brcm,function", {4});
    EXPECT_EQ(on_2711(12), "pwmchip3:0");
    EXPECT_EQ(on_2711(13), "pwmchip3:1");
}

TEST_F(PwmPins, AnotherFunctionOfThePinIsNoPwm)
{
    controller("pwmchip0", "brcm,bcm2835-pwm", 7);
    cells(tree / "soc/gpio/pins" / "phandle", {7});
    cells(tree / "soc/gpio/pins" / "brcm,pins", {18, 19});
    cells(tree / "soc/gpio/pins" / "brcm,function", {4, 2});  // The first: PCM_CLK.
    EXPECT_EQ(on_2711(18), "");
    EXPECT_EQ(on_2711(19), "pwmchip0:1");
}

TEST_F(PwmPins, TheRp1HasFourChannels)
{
    controller("pwmchip0", "raspberrypi,rp1-pwm", 7);
    const fs::path pins = tree / "soc/rp1/gpio/pwm_pins";
    cells(pins / "phandle", {7});
    cells(pins / "brcm,pins", {12, 19});
    cells(pins / "brcm,function", {4, 2});
    EXPECT_EQ(pwm_channel_of("pinctrl-rp1", 12, sys), "pwmchip0:0");
    EXPECT_EQ(pwm_channel_of("pinctrl-rp1", 19, sys), "pwmchip0:3");
    EXPECT_EQ(pwm_channel_of("pinctrl-rp1", 18, sys), "");
    EXPECT_EQ(on_2711(12), "");
}

TEST_F(PwmPins, NamesDoAsWellAsNumbersAndInNodesOfTheirOwn)
{
    controller("pwmchip0", "raspberrypi,rp1-fan", 7);
    controller("pwmchip1", "raspberrypi,rp1-pwm", 8);
    cells(tree / "soc/gpio/state" / "phandle", {8});
    strings(tree / "soc/gpio/state/part" / "pins", {"gpio12", "gpio13"});
    strings(tree / "soc/gpio/state/part" / "function", {"pwm0"});
    EXPECT_EQ(pwm_channel_of("pinctrl-rp1", 13, sys), "pwmchip1:1");
    EXPECT_EQ(pwm_channel_of("pinctrl-rp1", 18, sys), "");
}

TEST_F(PwmPins, WithoutHardwareOrADeviceTreeThereAreNone)
{
    EXPECT_EQ(on_2711(18), "");
    two_channels();
    fs::remove_all(tree / "soc/gpio");
    EXPECT_EQ(on_2711(18), "") << "a handle of nobody";
    fs::remove_all(sys / "firmware");
    EXPECT_EQ(on_2711(18), "");
    EXPECT_EQ(pwm_channel_of("pinctrl-bcm2711", 18, "/nowhere"), "");
}

TEST_F(PwmPins, APwmOnSuchAPinIsTheKernelsAndRequestsNoLine)
{
    two_channels();
    const fs::path channel = sys / "class/pwm/pwmchip0/pwm0";
    fs::create_directory(channel);
    for (const char* file : {"period", "duty_cycle", "enable"}) {
        text(channel / file, "0");
    }
    use_board();
    for (const std::string name : {"GPIO18", "J8:12", "pwmchip0:0"}) {
        PWM pwm(name, 1000);
        EXPECT_FALSE(pwm.software());
        EXPECT_EQ(pwm.description(), "hardware PWM on pwmchip0:0");
        pwm.duty_u16(65535);
        std::string high;
        std::ifstream{channel / "duty_cycle"} >> high;
        EXPECT_EQ(high, "1000000");
    }
    EXPECT_FALSE(PWM(18).software());
    EXPECT_THROW(PWM("GPIO17"), asyncio::OSError) << "the line is asked for";
    EXPECT_THROW(PWM("pwmchip0:2"), std::invalid_argument);
}

TEST_F(PwmPins, ALineThatSomebodyHasRequestedIsNotTheHardwaresAnyMore)
{
    two_channels();
    use_board("relays");
    EXPECT_THROW(PWM("GPIO18"), asyncio::OSError) << "the line is asked for";
}

TEST_F(PwmPins, AFrequencyThatTheKernelRefusesIsNotKept)
{
    two_channels();
    const fs::path channel = sys / "class/pwm/pwmchip0/pwm0";
    fs::create_directory(channel);
    fs::create_symlink("/dev/full", channel / "period");
    text(channel / "duty_cycle", "0");
    text(channel / "enable", "0");
    use_board();
    PWM pwm("pwmchip0:0");
    pwm.duty_u16(100);
    EXPECT_THROW(pwm.freq(1000), asyncio::OSError);
    EXPECT_EQ(pwm.freq(), 0U);
    pwm.deinit();
    pwm.freq(1000);
    EXPECT_THROW(pwm.duty_u16(100), asyncio::OSError);
    EXPECT_EQ(pwm.duty_u16(), 0U);
    EXPECT_THROW(pwm.duty_ns(100), asyncio::OSError);
    EXPECT_EQ(pwm.duty_ns(), 0);
}

}  // namespace
