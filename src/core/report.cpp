#include "core/report.hpp"

#include "core/places.hpp"

#include <asyncio/debug.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>

#ifndef ASYNCIO_DEBUG_DEFAULT
#define ASYNCIO_DEBUG_DEFAULT false
#endif

namespace asyncio {
namespace debug {
namespace {

bool enabled_at_start() noexcept
{
    const char* wanted = std::getenv("ASYNCIO_DEBUG");
    if (wanted == nullptr) {
        return ASYNCIO_DEBUG_DEFAULT;
    }
    const std::string_view value = wanted;
    return !value.empty() && value != "0";
}

std::atomic<bool>& mode() noexcept
{
    static std::atomic<bool> on{enabled_at_start()};
    return on;
}

std::atomic<Reporter> current_reporter{nullptr};

}  // namespace

bool enabled() noexcept { return mode().load(std::memory_order_relaxed); }

void enable(bool on) noexcept { mode().store(on, std::memory_order_relaxed); }

Reporter set_reporter(Reporter reporter) noexcept { return current_reporter.exchange(reporter); }

void report(std::string_view text) noexcept
{
    if (const Reporter reporter = current_reporter) {
        reporter(text);
    } else {
        (void)std::fwrite(text.data(), 1, text.size(), stderr);
        (void)std::fputc('\n', stderr);
    }
}

}  // namespace debug

void detail::never_awaited(const Call& coroutine) noexcept
{
    if (!debug::enabled()) {
        return;
    }
    try {
        const debug::Place place = debug::place_of(coroutine.where());
        debug::report("coroutine '" + place.function + "' was never awaited (" + place.file + ":" +
                      std::to_string(place.line) + ")");
    } catch (const std::exception&) {
        debug::report("a coroutine was never awaited");
    }
}

}  // namespace asyncio
