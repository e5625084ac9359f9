#include "boardd/board_setup.hpp"

#include "boardd/failure.hpp"
#include "boardd/log.hpp"

#include <asyncio/sleep.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace boardd {
namespace {

const char* name_of(BoardBackend backend)
{
    switch (backend) {
        case BoardBackend::simulated: return "simulated";
        case BoardBackend::gpiod: return "gpiod";
        case BoardBackend::automatic: break;
    }
    return "auto";
}

/// The number that pigpio's clients use for a pin, if it has one. Throws std::invalid_argument.
std::optional<unsigned> gpio_of(const std::string& name, const Config& config,
                                const machine::Board& lines)
{
    const auto pin = config.pins.find(name);
    const machine::LineAddress line =
        lines.find(pin == config.pins.end() ? name : pin->second.line);
    for (unsigned gpio = 0; gpio < Board::gpio_count; ++gpio) {
        try {
            if (lines.find(static_cast<int>(gpio)) == line) {
                return gpio;
            }
        } catch (const std::invalid_argument&) {
            // This board has no such number.
        }
    }
    return std::nullopt;
}

}  // namespace

machine::Board& choose_board(BoardBackend backend)
{
    try {
        // "auto" is left to the library, which also looks at the environment.
        if (backend != BoardBackend::automatic) {
            machine::use_backend(name_of(backend));
        }
        return machine::board();
    } catch (const std::invalid_argument& error) {
        throw Failure{EX_USAGE, error.what()};  // A wrong word in the environment.
    } catch (const std::runtime_error& error) {
        throw Failure{EX_UNAVAILABLE,
                      std::string{error.what()} + "; '--backend simulated' needs no hardware"};
    }
}

void check_pins(const Config& config, const std::string& file, const machine::Board& lines)
{
    std::vector<std::string> errors;
    std::map<machine::LineAddress, std::string> names;
    for (const auto& [alias, pin] : config.pins) {
        const std::string where =
            file + ':' + std::to_string(pin.line_number) + ": [pins." + alias + "]: ";
        try {
            const auto [other, is_new] = names.emplace(lines.find(pin.line), alias);
            if (!is_new) {
                errors.push_back(where + "line '" + pin.line + "' is that of [pins." +
                                 other->second + "] already");
            }
        } catch (const std::invalid_argument& error) {
            errors.push_back(where + error.what());
        }
    }
    for (std::size_t i = 0; i + 1 < errors.size(); ++i) {
        log::error(errors[i]);
    }
    if (!errors.empty()) {
        throw Failure{EX_CONFIG, errors.back()};
    }
}

asyncio::Coroutine<> wait_until_free(Board::Pins pins, const machine::Board& lines)
{
    const auto taken = [&lines](const auto& pin) {
        return pin.second.mode && lines.info(lines.find(pin.second.line)).used;
    };
    for (int tries = 0; tries < 50 && std::ranges::any_of(pins, taken); ++tries) {
        co_await asyncio::sleep_ms(20);
    }
}

void fail_because_of(const PinError& error)
{
    const bool wrong = error.fault() == PinFault::unknown || error.fault() == PinFault::unsupported;
    throw Failure{wrong ? EX_CONFIG : EX_UNAVAILABLE, error.what()};
}

pigpio::Options pigpio_options(const Config& config, const std::string& file,
                               const machine::Board& lines)
{
    pigpio::Options options;
    options.sync_reports = config.pigpio.sync_reports;
    options.buffered_bytes = config.limits.buffered_bytes;
    options.revision = config.revision.value_or(options.revision);
    if (!config.pigpio.pins) {
        return options;
    }
    options.exposed = 0;
    const std::string where = file + ": 'pins' in [pigpio]: ";
    for (const std::string& name : *config.pigpio.pins) {
        try {
            const std::optional<unsigned> gpio = gpio_of(name, config, lines);
            if (!gpio) {
                throw Failure{EX_CONFIG, where + '\'' + name +
                                             "' has no GPIO number, by which "
                                             "pigpio's clients could name it"};
            }
            options.exposed |= std::uint64_t{1} << *gpio;
        } catch (const std::invalid_argument& error) {
            throw Failure{EX_CONFIG, where + error.what()};
        }
    }
    return options;
}

}  // namespace boardd
