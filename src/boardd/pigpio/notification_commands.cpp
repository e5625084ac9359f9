// The commands about what clients are told without asking: handles, filters, watchdogs, events.

#include "boardd/pigpio/commands.hpp"

#include <chrono>

namespace boardd::pigpio {

namespace {

using us = std::chrono::microseconds;

Result handle_result(bool found)
{
    if (!found) {
        return Code::BAD_HANDLE;
    }
    return 0;
}

}  // namespace

Result Commands::noib(const Request&, Client& client)
{
    const std::optional<Notifications::Handle> handle = notifications_.open(*client.sink);
    if (!handle) {
        return Code::NO_HANDLE;
    }
    Result result{*handle};
    if (options_.sync_reports && client.known_levels &&
        *client.known_levels != notifications_.levels()) {
        result.report_levels = handle;
    }
    return result;
}

// Reports go to connections only, not to a FIFO on the daemon's machine.
Result Commands::no(const Request&, Client&) { return Code::NO_HANDLE; }

Result Commands::nb(const Request& request, Client&)
{
    return handle_result(notifications_.begin(request.p1, request.p2));
}

Result Commands::np(const Request& request, Client&)
{
    return handle_result(notifications_.begin(request.p1, 0));
}

Result Commands::nc(const Request& request, Client&)
{
    return handle_result(notifications_.close(request.p1));
}

Result Commands::evm(const Request& request, Client&)
{
    return handle_result(notifications_.set_events(request.p1, request.p2));
}

Result Commands::evt(const Request& request, Client&)
{
    if (request.p1 > max_event) {
        return Code::BAD_EVENT_ID;
    }
    notifications_.trigger(request.p1);
    return 0;
}

Result Commands::wdog(const Request& request, Client&)
{
    if (request.p2 > max_watchdog_ms) {
        return Code::BAD_WDOG_TIMEOUT;
    }
    notifications_.gpio(request.p1).set_watchdog(std::chrono::milliseconds{request.p2});
    return 0;
}

Result Commands::fg(const Request& request, Client&)
{
    if (request.p2 > max_steady_us) {
        return Code::BAD_FILTER;
    }
    notifications_.gpio(request.p1).set_glitch_filter(us{request.p2});
    return 0;
}

Result Commands::fn(const Request& request, Client&)
{
    const std::optional<std::uint32_t> active = request.extension_word();
    if (request.p2 > max_steady_us || !active || *active > max_active_us) {
        return Code::BAD_FILTER;
    }
    notifications_.gpio(request.p1).set_noise_filter(us{request.p2}, us{*active});
    return 0;
}

}  // namespace boardd::pigpio
