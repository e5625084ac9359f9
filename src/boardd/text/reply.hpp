#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace boardd::text {

/// Why a command was refused. Numbers and meanings follow HTTP's where it has one.
enum class Code : std::uint16_t {
    bad_command = 400,   ///< No such command, or not so many arguments, or no UTF-8.
    unknown_pin = 404,   ///< There is no such pin.
    idle = 408,          ///< Nothing was asked for too long; boardd closes the connection.
    busy = 409,          ///< Somebody else on this machine holds the line.
    line_too_long = 413, ///< The rest of the line was thrown away.
    bad_argument = 422,  ///< Not one of the values that the command takes.
    failed = 500,        ///< The system refused it.
    unsupported = 501,   ///< This board cannot do that.
    full = 503,          ///< Too many clients; boardd closes the connection.
};

/// The name in the reply: "unknown_pin".
[[nodiscard]] std::string_view name_of(Code code) noexcept;

/// "OK\n" or "OK DATA\n".
[[nodiscard]] std::string ok(std::string_view data = {});

/// "ERR 404 unknown_pin \"text\"\n".
[[nodiscard]] std::string err(Code code, std::string_view text);

/// "\"text\"", on one line: quotes, backslashes and control characters are escaped.
[[nodiscard]] std::string quoted(std::string_view text);

/// The same, but only if the text would not be one plain word.
[[nodiscard]] std::string word(std::string_view text);

}  // namespace boardd::text
