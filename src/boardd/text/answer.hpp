#pragma once

#include "boardd/board.hpp"
#include "boardd/text/command.hpp"
#include "boardd/text/watcher.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace boardd::text {

/// What commands work on. Requires: all of it outlives the session.
class Desk {
public:
    Desk(Board& with_board, std::function<std::string()> with_about)
        : board{with_board}, about{std::move(with_about)}
    {
    }

    Board& board;
    std::function<std::string()> about;  ///< The answer to INFO: `version=0.1.0 clients=2 ...`.
};

/// Answers a line of a client: the whole reply, with its LF; empty for an empty line. Sets `quit`
/// when the client wants to go.
[[nodiscard]] std::string answer(std::string_view line, Desk& desk, Watcher& watcher, bool& quit);

}  // namespace boardd::text
