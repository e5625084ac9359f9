#pragma once

#include "boardd/config.hpp"

#include <string_view>

/// The daemon's log, on stderr. Each failure is logged once, by the daemon; the library throws.
///
/// This is the only place that decides what a line looks like: time, level and message; under
/// systemd "<6>message", as journald knows the time and reads the priority. Whatever a message
/// quotes - a peer's bytes, a file's - cannot break the line or reach the terminal: control
/// characters are escaped.
namespace boardd::log {

/// Opens the log. Before it, messages go to stderr with the default form.
void start(LogLevel level);
void set_level(LogLevel level);

void write(LogLevel level, std::string_view message);
void debug(std::string_view message);
void info(std::string_view message);
void warning(std::string_view message);
void error(std::string_view message);

/// A message of several lines, each a message of its own.
void warning_lines(std::string_view lines);
void error_lines(std::string_view lines);

}  // namespace boardd::log
