#pragma once

#include "boardd/config.hpp"
#include "boardd/text/reply.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The text protocol: a command a line. See boardd(8).
namespace boardd::text {

struct List {};
struct Get {
    std::string pin;
};
struct Set {
    std::string pin;
    bool value = false;
};
struct Toggle {
    std::string pin;
};
struct Mode {
    std::string pin;
    std::optional<PinMode> mode;  ///< None: the question which mode it has.
    std::optional<PinPull> pull;
};
struct Watch {
    std::vector<std::string> pins;
};
struct Unwatch {
    std::vector<std::string> pins;  ///< Empty: all.
};
struct Simulate {
    std::string pin;
    std::optional<bool> level;  ///< None: the hand lets go.
};
struct Info {};
struct Ping {};
struct Help {};
struct Quit {};
struct Nothing {};  ///< An empty line.

using Command = std::variant<Nothing, List, Get, Set, Toggle, Mode, Watch, Unwatch, Simulate, Info,
                             Ping, Help, Quit>;

/// A line that is no command.
struct Refusal {
    Code code;
    std::string text;
};

/// The command that a line says. Command words may be in any case; names of pins are as they are,
/// and stand in double quotes if they contain spaces.
[[nodiscard]] std::variant<Command, Refusal> parse_command(std::string_view line);

/// How each command is used, a line each: "GET pin   the value of a pin, 0 or 1".
[[nodiscard]] const std::vector<std::string>& help_lines();

}  // namespace boardd::text
