#pragma once

#include "boardd/alarm.hpp"
#include "boardd/config.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace boardd {

/// Logs clients that were refused, as warnings, so that peers who try again and again cannot fill
/// the log: at most `most` lines in `period_s` seconds. Those beyond that are for level debug, and
/// the log says how many there were when the time is over. A line has at most `longest` bytes,
/// before the log escapes it, since it may quote a certificate that anybody can have made.
class RefusalLog {
public:
    static constexpr std::uint64_t most = 20;
    static constexpr int period_s = 60;
    static constexpr std::size_t longest = 400;
    using Write = void (*)(LogLevel level, std::string_view line);

    /// `write` is what logs a line, for tests.
    explicit RefusalLog(Write write);

    void add(std::string_view line);

private:
    void end_period() noexcept;

    Write write_;
    std::uint64_t count_ = 0;  // In this period.
    Alarm period_;
};

}  // namespace boardd
