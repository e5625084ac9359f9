#include "machine/pwm_pins.hpp"

#include "machine/device_tree.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <system_error>
#include <vector>

namespace machine::detail {
namespace {

namespace fs = std::filesystem;

/// A pin that PWM hardware can drive.
struct PwmPin {
    std::string_view controller;     // The hardware, as the device tree calls it.
    std::string_view chip;           // How the label of the pin's chip begins.
    unsigned pin;
    std::uint32_t legacy_function;   // What connects them: a number in "brcm,function",
    std::string_view function;       // or a name in "function".
    int channel;
};

// Sources: BCM2835 ARM Peripherals, 6.2 Alternative Function Assignments, which BCM2711 keeps for
// these pins; for the RP1 Raspberry Pi's drivers/pinctrl/pinctrl-rp1.c and `pinctrl -c rp1 funcs`.
// The numbers: include/dt-bindings/pinctrl/bcm2835.h (4 is ALT0, 2 is ALT5); legacy_fsel_map in
// pinctrl-rp1.c makes the RP1's functions of them.
constexpr std::string_view bcm2835 = "brcm,bcm2835-pwm";
constexpr std::string_view rp1 = "raspberrypi,rp1-pwm";
constexpr std::array pwm_pins{
    PwmPin{bcm2835, "pinctrl-bcm2", 12, 4, "alt0", 0},  // ALT0: PWM0
    PwmPin{bcm2835, "pinctrl-bcm2", 13, 4, "alt0", 1},  // ALT0: PWM1
    PwmPin{bcm2835, "pinctrl-bcm2", 18, 2, "alt5", 0},  // ALT5: PWM0
    PwmPin{bcm2835, "pinctrl-bcm2", 19, 2, "alt5", 1},  // ALT5: PWM1
    PwmPin{rp1, "pinctrl-rp1", 12, 4, "pwm0", 0},       // a0: PWM0_CHAN0
    PwmPin{rp1, "pinctrl-rp1", 13, 4, "pwm0", 1},       // a0: PWM0_CHAN1
    PwmPin{rp1, "pinctrl-rp1", 18, 2, "pwm0", 2},       // a3: PWM0_CHAN2
    PwmPin{rp1, "pinctrl-rp1", 19, 2, "pwm0", 3},       // a3: PWM0_CHAN3
};

bool contains(const std::vector<std::string>& strings, std::string_view wanted)
{
    return std::ranges::find(strings, wanted) != strings.end();
}

/// Does a node of the pins' configuration connect the pin?
bool connects(const fs::path& node, const PwmPin& wanted)
{
    const std::vector<std::uint32_t> pins = read_cells(node / "brcm,pins");
    const std::vector<std::uint32_t> functions = read_cells(node / "brcm,function");
    const auto pin = std::ranges::find(pins, wanted.pin);
    if (pin != pins.end() && !functions.empty()) {
        // One function for all pins, or one for each.
        const auto i = functions.size() == 1 ? 0 : static_cast<std::size_t>(pin - pins.begin());
        return i < functions.size() && functions[i] == wanted.legacy_function;
    }
    return contains(read_strings(node / "pins"), "gpio" + std::to_string(wanted.pin)) &&
           contains(read_strings(node / "function"), wanted.function);
}

/// The node that has this handle.
std::optional<fs::path> find_node(const fs::path& tree, std::uint32_t handle)
{
    std::error_code error;
    for (fs::recursive_directory_iterator entry{tree, error}, end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().filename() == "phandle" &&
            read_cells(entry->path()) == std::vector{handle}) {
            return entry->path().parent_path();
        }
    }
    return std::nullopt;
}

/// Does the device tree connect the pin to this PWM hardware?
bool connects(const fs::path& controller, const fs::path& tree, const PwmPin& wanted)
{
    for (const std::uint32_t handle : read_cells(controller / "pinctrl-0")) {
        const std::optional<fs::path> node = find_node(tree, handle);
        if (!node) {
            continue;
        }
        const std::vector<fs::path> inner = folders_in(*node);
        if (connects(*node, wanted) || std::ranges::any_of(inner, [&](const fs::path& part) {
                return connects(part, wanted);
            })) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::string pwm_channel_of(std::string_view chip_label, unsigned offset, const fs::path& sys)
{
    for (const fs::path& chip : folders_in(sys / "class/pwm")) {
        const fs::path controller = chip / "device/of_node";
        const std::vector<std::string> compatible = read_strings(controller / "compatible");
        for (const PwmPin& candidate : pwm_pins) {
            if (candidate.pin == offset && chip_label.starts_with(candidate.chip) &&
                contains(compatible, candidate.controller) &&
                connects(controller, device_tree(sys), candidate)) {
                return chip.filename().string() + ':' + std::to_string(candidate.channel);
            }
        }
    }
    return "";
}

}  // namespace machine::detail
