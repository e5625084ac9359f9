#pragma once

#include "boardd/config.hpp"
#include "boardd/options.hpp"

#include <string>

namespace boardd {

/// What the daemon starts with.
class Startup {
public:
    Startup(Options with_options, Config with_config, std::string with_file)
        : options{std::move(with_options)}, config{std::move(with_config)},
          file{std::move(with_file)}
    {
    }

    Options options;
    Config config;     ///< The file's, with the options over it.
    std::string file;  ///< Where it was read; empty: built-in defaults.
};

/// Serves the board until SIGTERM or SIGINT, then leaves the pins as `on_stop` says. Throws
/// Failure when it cannot start.
void run_daemon(const Startup& startup);

}  // namespace boardd
