#pragma once

#include "machine/backend.hpp"
#include "machine/edge_monitor.hpp"
#include "machine/gpiod.hpp"
#include "machine/pin_functions.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace machine::detail {

/// A real board: the kernel's GPIO chips through libgpiod, its LEDs through /sys/class/leds, its
/// PWM channels through /sys/class/pwm.
class GpiodBackend final : public Backend {
public:
    /// Which chips, already open; at least one.
    GpiodBackend(std::map<std::string, std::unique_ptr<GpiodChip>> chips,
                 std::vector<ChipInfo> infos, std::filesystem::path leds,
                 std::filesystem::path sys);

    [[nodiscard]] std::string name() const override { return "gpiod"; }
    [[nodiscard]] std::string description() const override;
    [[nodiscard]] const std::vector<ChipInfo>& chips() const override { return infos_; }
    [[nodiscard]] LineInfo info(const LineAddress& address) override;
    [[nodiscard]] bool read(const LineAddress& address) override;
    [[nodiscard]] std::optional<bool> peek(const LineAddress& address) override;
    [[nodiscard]] std::unique_ptr<LineDriver> open(const LineAddress& address,
                                                   const LineConfig& config,
                                                   const std::string& consumer,
                                                   EdgeSink& sink) override;
    [[nodiscard]] std::vector<std::string> leds() const override;
    [[nodiscard]] std::shared_ptr<LedDriver> open_led(unsigned number) override;
    [[nodiscard]] std::unique_ptr<PwmDriver> open_pwm(std::string_view name) override;
    [[nodiscard]] std::unique_ptr<PwmDriver> open_pwm(const LineAddress& address) override;

private:
    class Driver;

    [[nodiscard]] GpiodChip& chip(const LineAddress& address) { return *chips_.at(address.chip); }
    [[nodiscard]] EdgeMonitor& monitor();
    /// A line that is busy is asked for again for a moment, outside of tasks.
    [[nodiscard]] std::unique_ptr<GpiodRequest> request_line(const LineAddress& address,
                                                             const LineConfig& config,
                                                             const std::string& consumer);
    [[noreturn]] void throw_busy(const LineAddress& address);
    [[nodiscard]] const PinFunctions& functions_of(const LineAddress& address);

    std::map<std::string, std::unique_ptr<GpiodChip>> chips_;  // By name.
    std::vector<ChipInfo> infos_;
    std::filesystem::path leds_;
    std::filesystem::path sys_;
    std::map<std::string, PinFunctions> functions_;  // By chip, as the device tree was
    std::chrono::nanoseconds functions_known_{};     // at this time.
    std::map<LineAddress, Driver*> drivers_;  // Of the lines that this process uses.
    asyncio::detail::Ref<EdgeMonitor> monitor_;  // Made when edges are first wanted.
};

/// What a look for GPIO chips gave: a backend, or why there is none.
class GpiodSearch {
public:
    std::shared_ptr<Backend> backend;  ///< Null: no chip can be used.
    std::string reason;                ///< "no /dev/gpiochip* found"
    bool denied = false;               ///< There is one, which this process may not open.
};

/// Opens the GPIO chips of this machine. Other folders than the system's are for tests.
[[nodiscard]] GpiodSearch find_gpiod(const std::filesystem::path& devices = "/dev",
                                     const std::filesystem::path& leds = "/sys/class/leds",
                                     const std::filesystem::path& sys = "/sys");

}  // namespace machine::detail
