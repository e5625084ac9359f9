#pragma once

#include <stdexcept>
#include <string>
#include <sysexits.h>

namespace boardd {

/// Ends the daemon: the one line to say why, and the exit code of sysexits(3).
///
/// Which code for what, also in boardd(8):
/// - EX_USAGE 64: a wrong option.
/// - EX_NOINPUT 66: the configuration cannot be read.
/// - EX_UNAVAILABLE 69: an address or a line is in use; the hardware asked for is not there.
/// - EX_SOFTWARE 70: an error of boardd itself.
/// - EX_OSERR 71: the system refuses what boardd cannot do without, or what ASYNCIO_BACKEND wants.
/// - EX_CONFIG 78: the configuration is wrong.
class Failure : public std::runtime_error {
public:
    Failure(int exit_code, const std::string& message)
        : std::runtime_error{message}, exit_code_{exit_code}
    {
    }

    [[nodiscard]] int exit_code() const noexcept { return exit_code_; }

private:
    int exit_code_;
};

}  // namespace boardd
