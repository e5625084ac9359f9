#include "machine/pin_functions.hpp"

#include "machine/device_tree.hpp"
#include "machine/header.hpp"
#include "machine/names.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <system_error>
#include <vector>

namespace machine::detail {
namespace {

namespace fs = std::filesystem;

/// The nodes by their handles, and the handles that devices need.
class Walk {
public:
    explicit Walk(const fs::path& tree) { visit(tree, true); }

    std::map<std::uint32_t, fs::path> nodes;
    std::set<std::uint32_t> wanted;

private:
    void visit(const fs::path& node, bool active)
    {
        const std::vector<std::string> status = read_strings(node / "status");
        active = active && (status.empty() || status[0] == "okay" || status[0] == "ok");
        for (const std::uint32_t handle : read_cells(node / "phandle")) {
            nodes.emplace(handle, node);
        }
        if (active) {
            const std::vector<std::uint32_t> handles = read_cells(node / "pinctrl-0");
            wanted.insert(handles.begin(), handles.end());
        }
        for (const fs::path& inner : folders_in(node)) {
            visit(inner, active);
        }
    }
};

/// What a state says of pins in Raspberry Pi's own way. 0 is the function of an input.
void add_numbers(const fs::path& state, std::set<unsigned>& pins)
{
    const std::vector<std::uint32_t> numbers = read_cells(state / "brcm,pins");
    const std::vector<std::uint32_t> functions = read_cells(state / "brcm,function");
    for (std::size_t i = 0; i < numbers.size() && !functions.empty(); ++i) {
        // One function for all pins, or one for each.
        if (functions[functions.size() == 1 ? 0 : std::min(i, functions.size() - 1)] != 0) {
            pins.insert(numbers[i]);
        }
    }
}

/// The same in everybody's.
void add_names(const fs::path& state, std::set<unsigned>& pins)
{
    const std::vector<std::string> function = read_strings(state / "function");
    const bool plain = function.empty() || function[0] == "gpio" || function[0] == "gpio_in";
    if (plain && !fs::exists(state / "output-high") && !fs::exists(state / "output-low")) {
        return;
    }
    constexpr std::string_view prefix = "gpio";
    for (const std::string& name : read_strings(state / "pins")) {
        const int number =
            name.starts_with(prefix) ? to_number(std::string_view{name}.substr(prefix.size())) : -1;
        if (number >= 0) {
            pins.insert(static_cast<unsigned>(number));
        }
    }
}

/// A state may consist of inner nodes.
void add_state(const fs::path& state, std::set<unsigned>& pins)
{
    add_numbers(state, pins);
    add_names(state, pins);
    for (const fs::path& inner : folders_in(state)) {
        add_state(inner, pins);
    }
}

bool lies_in(const fs::path& node, const fs::path& folder)
{
    return std::ranges::mismatch(folder, node).in1 == folder.end();
}

}  // namespace

PinFunctions::PinFunctions(std::string_view chip, std::string_view label, const fs::path& sys)
{
    if (!is_header_label(label)) {
        return;
    }
    std::error_code error;
    const fs::path tree = fs::canonical(device_tree(sys), error);
    if (error) {
        // Without a tree this is no Raspberry Pi; but Docker covers /sys/firmware with nothing.
        hidden_ = fs::is_empty(sys / "firmware", error) || error;
        return;
    }
    // Other chips have states too, with names like these.
    const fs::path controller = fs::canonical(sys / "bus/gpio/devices" / chip / "of_node", error);
    const Walk walk{tree};
    for (const std::uint32_t handle : walk.wanted) {
        const auto state = walk.nodes.find(handle);
        if (state != walk.nodes.end() &&
            (controller.empty() || lies_in(state->second, controller))) {
            add_state(state->second, pins_);
        }
    }
}

}  // namespace machine::detail
