#include "boardd/refusal_log.hpp"

#include "boardd/clock.hpp"

#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace boardd {

RefusalLog::RefusalLog(Write write) : write_{write}, period_{[this] { end_period(); }} {}

void RefusalLog::add(std::string_view line)
{
    if (count_ == 0) {
        period_.set(now() + std::chrono::seconds{period_s});
    }
    ++count_;
    const LogLevel shown = count_ <= most ? LogLevel::warning : LogLevel::debug;
    if (line.size() <= longest) {
        write_(shown, line);
    } else {
        constexpr std::string_view cut = "...";
        write_(shown, std::string{line.substr(0, longest - cut.size())} + std::string{cut});
    }
}

void RefusalLog::end_period() noexcept
{
    const std::uint64_t count = std::exchange(count_, 0);
    if (count <= most) {
        return;
    }
    try {
        write_(LogLevel::warning, "refused " + std::to_string(count - most) + " more clients in " +
                                      std::to_string(period_s) +
                                      " s; the level \"debug\" names them");
    } catch (const std::exception&) {
        // No memory for a log line: nobody can be told.
    }
}

}  // namespace boardd
