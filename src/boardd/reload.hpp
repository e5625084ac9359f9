#pragma once

#include "boardd/config.hpp"
#include "boardd/options.hpp"
#include "boardd/reception.hpp"

#include <string>

namespace boardd {

/// Reads the configuration again, for SIGHUP, all or nothing: a bad one changes nothing.
///
/// The log level, the limits and what the files of [tls] hold now are applied; `config` becomes the
/// new one for those. Files of [tls] that are not enough for the addresses that are served are not
/// taken. What else has changed needs a restart, and the log says so. Connections and pins stay.
/// Whatever fails in reading is logged; throws std::bad_alloc at most.
void reload(const std::string& file, const Options& options, Config& config, Reception& reception);

}  // namespace boardd
