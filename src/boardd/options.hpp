#pragma once

#include "boardd/config.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace boardd {

/// What the command line asks for. What is absent is left to the configuration.
struct Options {
    std::optional<std::string> config_file;
    std::optional<BoardBackend> backend;
    std::optional<std::uint16_t> pigpio_port;  ///< Replaces the port of all its TCP listeners.
    std::optional<std::uint16_t> text_port;
    std::optional<LogLevel> log_level;
    bool check_config = false;

    /// Puts these options over a configuration.
    void apply_to(Config& config) const;
};

/// The command line wants an answer instead of a daemon: help, the version, or a complaint.
struct Answer {
    int exit_code = 0;
    std::string text;  ///< For stdout if exit_code is 0, else one line for stderr.
};

/// Reads the command line; arguments.front() is the program's name.
[[nodiscard]] std::variant<Options, Answer> parse_options(std::span<const char* const> arguments);

}  // namespace boardd
