#pragma once

#include <asyncio/debug.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace asyncio::test {

/// While it lives, it keeps what the library reports. One at a time; for one thread.
class Reports {
public:
    Reports() : before_{debug::set_reporter(keep)} { kept().clear(); }
    Reports(const Reports&) = delete;
    Reports& operator=(const Reports&) = delete;
    ~Reports() { debug::set_reporter(before_); }

    [[nodiscard]] const std::vector<std::string>& all() const { return kept(); }

private:
    static std::vector<std::string>& kept()
    {
        static std::vector<std::string> reports;
        return reports;
    }
    static void keep(std::string_view report) noexcept { kept().emplace_back(report); }

    debug::Reporter before_;
};

/// While it lives, debug mode is on or off.
class DebugMode {
public:
    explicit DebugMode(bool on) : before_{debug::enabled()} { debug::enable(on); }
    DebugMode(const DebugMode&) = delete;
    DebugMode& operator=(const DebugMode&) = delete;
    ~DebugMode() { debug::enable(before_); }

private:
    bool before_;
};

}  // namespace asyncio::test
