#include "machine/backend.hpp"

#include <algorithm>
#include <stdexcept>

namespace machine::detail {

LineDriver::~LineDriver() = default;
LedDriver::~LedDriver() = default;
PwmDriver::~PwmDriver() = default;
void LedDriver::trigger(const std::string&) {}
Backend::~Backend() = default;

void Backend::check(const LineAddress& address) const
{
    const auto chip = std::ranges::find(chips(), address.chip, &ChipInfo::name);
    if (chip == chips().end()) {
        throw std::invalid_argument{"there is no chip '" + address.chip + "'"};
    }
    if (address.offset >= chip->lines) {
        throw std::invalid_argument{"there is no line " + std::to_string(address.offset) + " of '" +
                                    address.chip + "': its last is " +
                                    std::to_string(chip->lines - 1)};
    }
}

}  // namespace machine::detail
