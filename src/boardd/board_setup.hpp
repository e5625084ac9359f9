#pragma once

#include "boardd/board.hpp"
#include "boardd/config.hpp"
#include "boardd/pigpio/service.hpp"

#include <machine/board.hpp>

#include <asyncio/coroutine.hpp>

#include <string>

namespace boardd {

/// The board that the configuration asks for. Throws Failure (EX_UNAVAILABLE) if it is not there.
[[nodiscard]] machine::Board& choose_board(BoardBackend backend);

/// Checks that the configured pins are lines of this board, each another one, before anything
/// is done to them. Throws Failure (EX_CONFIG), with FILE:LINE; each further one is logged.
void check_pins(const Config& config, const std::string& file, const machine::Board& lines);

/// Waits until nobody has the lines that are claimed at the start, but no longer than a second: a
/// process that was killed a moment ago may still be letting go.
asyncio::Coroutine<> wait_until_free(Board::Pins pins, const machine::Board& lines);

/// Says which failure of a pin ends the daemon how.
[[noreturn]] void fail_because_of(const PinError& error);

/// The options of the pigpio protocol. Throws Failure (EX_CONFIG) when an exposed pin is none
/// that pigpio's clients could name.
[[nodiscard]] pigpio::Options pigpio_options(const Config& config, const std::string& file,
                                             const machine::Board& lines);

}  // namespace boardd
