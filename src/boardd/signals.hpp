#pragma once

#include <asyncio/coroutine.hpp>
#include <asyncio/thread_safe_flag.hpp>

namespace boardd {

/// The signals that a daemon is told things with: SIGTERM, SIGINT and SIGHUP, awaited by one task.
///
/// While it lives, these signals do nothing else, and SIGPIPE is ignored. There is one at a time.
/// The handler only marks the signal and sets a ThreadSafeFlag.
class Signals {
public:
    Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals();

    /// Waits for the next signal and gives its number; the end before a reload, when there are
    /// both. Throws CancelledError.
    [[nodiscard]] asyncio::Coroutine<int> next();

    /// From now on SIGTERM and SIGINT end the process at once: for a second Ctrl-C.
    void restore() noexcept;

private:
    asyncio::ThreadSafeFlag arrived_;
};

}  // namespace boardd
