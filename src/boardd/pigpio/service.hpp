#pragma once

#include "boardd/board.hpp"

#include <asyncio/coroutine.hpp>
#include <asyncio/stream.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace boardd::pigpio {

/// The revision that gpiozero takes for a Raspberry Pi 3B.
constexpr std::uint32_t default_revision = 0xa02082;

/// GPIO 2 to 27, those of the 40-pin header: what pigpiod permits on such a board.
constexpr std::uint64_t header_gpios = 0x0FFF'FFFC;

/// How the protocol is spoken.
class Options {
public:
    Options() = default;

    /// The GPIO numbers that clients may use, bit by bit; everything else is refused.
    std::uint64_t exposed = header_gpios;
    /// Report every change of a level to everybody, so that no client misses its first edge.
    bool sync_reports = true;
    std::uint32_t revision = default_revision;  ///< What HWVER answers.
    /// A client that leaves more reports than this unread is disconnected.
    std::size_t buffered_bytes = std::size_t{64} * 1024;
};

/// The protocol of pigpiod, spoken to any number of clients: one of these for the daemon.
///
/// Notification handles, filters and watchdogs belong to all connections together, as with
/// pigpiod. For the loop's thread.
class Service {
public:
    /// Requires: the board outlives the service.
    Service(Board& board, const Options& options);
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service();

    /// Speaks with one client until it goes, or does what no client may; then closes the stream
    /// and frees the client's handles. Throws CancelledError, nothing else.
    /// A cancelled one may end after the service is gone.
    [[nodiscard]] asyncio::Coroutine<> serve(asyncio::Stream stream);

    /// How many clients are connected.
    [[nodiscard]] std::size_t connections() const noexcept;

private:
    class Shared;

    static asyncio::Coroutine<> serve_client(std::shared_ptr<Shared> shared,
                                             asyncio::Stream stream);

    std::shared_ptr<Shared> shared_;
};

}  // namespace boardd::pigpio
