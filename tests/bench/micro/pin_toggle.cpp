// What it costs to set a line through Pin, and by the system call alone: "pin NS", "ioctl NS" and
// "ratio R". The line is the one that is named, else any of a simulated chip (gpio-sim), for that
// harms nobody; without one a reason is printed, and the exit status is 3.
#include "support/toggle_cost.hpp"

#include <machine/board.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>

namespace {

bool is_simulated(const std::string& chip)
{
    std::error_code error;
    const auto device = std::filesystem::canonical("/sys/bus/gpio/devices/" + chip, error);
    return device.string().find("/gpio-sim.") != std::string::npos;
}

std::optional<machine::LineAddress> free_line()
{
    for (const machine::LineInfo& line : machine::board().lines()) {
        if (is_simulated(line.address.chip) && !line.used) {
            return line.address;
        }
    }
    return std::nullopt;
}

}  // namespace

int main(int argc, char** argv)
try {
    machine::use_backend("gpiod");
    const auto line = argc > 1 ? machine::board().find(argv[1]) : free_line();
    if (!line) {
        std::puts("no chip is simulated, and no line was named with --line");
        return 3;
    }
    const ToggleCost cost = measure_toggle(*line);
    std::printf("pin %.1f\nioctl %.1f\nratio %.3f\n", cost.pin_ns, cost.ioctl_ns, cost.ratio);
    return 0;
} catch (const std::exception& error) {
    std::puts(error.what());
    return 3;
}
