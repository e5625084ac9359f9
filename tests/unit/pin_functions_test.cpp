#include "machine/pin_functions.hpp"

#include "paper_tree.hpp"

#include <cstdint>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
using machine::detail::PinFunctions;
using Pins = std::vector<unsigned>;

class PinFunctionsOfATree : public ::testing::Test, protected machine_tests::PaperTree {
protected:
    void SetUp() override { fs::create_directories(tree / "soc"); }

    /// A device that needs the state with this handle.
    void device(const std::string& name, std::uint32_t handle, const std::string& status = "")
    {
        cells(tree / "soc" / name / "pinctrl-0", {handle});
        if (!status.empty()) {
            strings(tree / "soc" / name / "status", {status});
        }
    }

    /// Which of the pins 0 to 27 may have a function.
    [[nodiscard]] Pins pins(std::string_view label = "pinctrl-bcm2711") const
    {
        const PinFunctions functions{"gpiochip0", label, sys};
        Pins found;
        for (unsigned pin = 0; pin < 28; ++pin) {
            if (functions.may_have_one(pin)) {
                found.push_back(pin);
            }
        }
        return found;
    }
};

TEST_F(PinFunctionsOfATree, AreThoseOfDevicesThatAreNotDisabled)
{
    device("serial", 1, "okay");
    device("i2c", 2);
    device("spi", 3, "disabled");
    cells(tree / "soc/gpio/uart0_gpio14/phandle", {1});
    cells(tree / "soc/gpio/uart0_gpio14/brcm,pins", {14, 15});
    cells(tree / "soc/gpio/uart0_gpio14/brcm,function", {4});
    cells(tree / "soc/gpio/i2c1/phandle", {2});
    cells(tree / "soc/gpio/i2c1/brcm,pins", {2, 3});
    cells(tree / "soc/gpio/i2c1/brcm,function", {4, 4});
    cells(tree / "soc/gpio/spi0/phandle", {3});
    cells(tree / "soc/gpio/spi0/brcm,pins", {9, 10, 11});
    cells(tree / "soc/gpio/spi0/brcm,function", {4});
    EXPECT_EQ(pins(), (Pins{2, 3, 14, 15}));
    EXPECT_EQ(pins("pcf8575"), Pins{}) << "another chip's lines";

    strings(tree / "soc/status", {"disabled"});
    EXPECT_EQ(pins(), Pins{}) << "the bus that all of them are on";
}

TEST_F(PinFunctionsOfATree, AreNotThoseOfInputs)
{
    device("keys", 1);
    cells(tree / "soc/gpio/keys/phandle", {1});
    cells(tree / "soc/gpio/keys/brcm,pins", {5, 6, 7});
    cells(tree / "soc/gpio/keys/brcm,function", {0, 1, 0});  // 1: an output.
    EXPECT_EQ(pins(), Pins{6});
    fs::remove(tree / "soc/gpio/keys/brcm,function");  // It only sets pulls.
    EXPECT_EQ(pins(), Pins{});
}

TEST_F(PinFunctionsOfATree, HaveNamesAsWellAsNumbers)
{
    device("serial", 1);
    strings(tree / "soc/rp1/gpio/uart/txd/pins", {"gpio14"});
    strings(tree / "soc/rp1/gpio/uart/txd/function", {"uart0"});
    strings(tree / "soc/rp1/gpio/uart/wake/pins", {"gpio15", "gpio16"});
    strings(tree / "soc/rp1/gpio/uart/wake/function", {"gpio"});
    strings(tree / "soc/rp1/gpio/uart/power/pins", {"gpio20"});
    strings(tree / "soc/rp1/gpio/uart/power/function", {"gpio"});
    cells(tree / "soc/rp1/gpio/uart/power/output-high", {});
    cells(tree / "soc/rp1/gpio/uart/phandle", {1});
    EXPECT_EQ(pins("pinctrl-rp1"), (Pins{14, 20}));
}

TEST_F(PinFunctionsOfATree, AreThoseOfTheChipsOwnStates)
{
    device("serial", 1);
    device("audio", 2);
    strings(tree / "soc/rp1/gpio/uart/pins", {"gpio14"});
    strings(tree / "soc/rp1/gpio/uart/function", {"uart0"});
    cells(tree / "soc/rp1/gpio/uart/phandle", {1});
    strings(tree / "soc/pinctrl/audio/pins", {"gpio20"});
    strings(tree / "soc/pinctrl/audio/function", {"i2s"});
    cells(tree / "soc/pinctrl/audio/phandle", {2});
    EXPECT_EQ(pins("pinctrl-rp1"), (Pins{14, 20}));
    fs::create_directories(sys / "bus/gpio/devices/gpiochip0");
    fs::create_directory_symlink(tree / "soc/rp1/gpio", sys / "bus/gpio/devices/gpiochip0/of_node");
    EXPECT_EQ(pins("pinctrl-rp1"), Pins{14});
}

TEST_F(PinFunctionsOfATree, MayBeAnyWhereAContainerHidesTheTree)
{
    fs::remove_all(sys / "firmware");
    EXPECT_EQ(pins().size(), 28U);
    fs::create_directories(sys / "firmware");
    EXPECT_EQ(pins().size(), 28U);
    EXPECT_EQ(pins("1c20800.pinctrl"), Pins{});
    fs::create_directories(sys / "firmware/acpi");
    EXPECT_EQ(pins(), Pins{}) << "a simulated chip on another machine";
}

}  // namespace
