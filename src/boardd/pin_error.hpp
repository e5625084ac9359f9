#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace boardd {

/// Why an operation on a pin was refused. Each protocol has its own codes for these.
enum class PinFault : std::uint8_t {
    unknown,        ///< There is no such pin.
    busy,           ///< Another process or a kernel driver holds the line.
    unsupported,    ///< The board cannot do this.
    failed,         ///< The operating system refused it; see what().
};

/// Thrown by Board and SharedPin: "cannot <act> 'GPIO17': <reason>".
class PinError : public std::runtime_error {
public:
    PinError(PinFault fault, const std::string& message)
        : std::runtime_error{message}, fault_{fault}
    {
    }

    [[nodiscard]] PinFault fault() const noexcept { return fault_; }

private:
    PinFault fault_;
};

}  // namespace boardd
