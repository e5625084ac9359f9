#pragma once

#include "boardd/config.hpp"
#include "boardd/options.hpp"
#include "boardd/reception.hpp"

#include <string>

namespace boardd {

/// Reads the configuration again, for SIGHUP, all or nothing: a bad one changes nothing.
///
/// The log level, the limits and what the files of [tls] hold now are applied; `config` becomes the
/// new one for those. What else has changed needs a restart, and the log says so. Throws nothing;
/// connections and pins stay.
void reload(const std::string& file, const Options& options, Config& config, Reception& reception);

}  // namespace boardd
