#include "boardd/reload.hpp"

#include "boardd/log.hpp"
#include "boardd/systemd.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <string_view>
#include <vector>

namespace boardd {
namespace {

/// The new configuration, or none, and the log knows why.
std::optional<Config> read_again(const std::string& file, const Options& options)
{
    try {
        ParsedConfig parsed = load_config(file, Config::defaults(runtime_directory()));
        for (const ConfigError& error : parsed.errors) {
            log::error(error.to_string());
        }
        if (parsed.errors.empty()) {
            options.apply_to(parsed.config);
            return std::move(parsed.config);
        }
    } catch (const std::exception& error) {  // Unreadable, or too large, or no more TLS.
        log::error(error.what());
    }
    log::error("keeping the old configuration");
    return std::nullopt;
}

/// The tables that were changed but take effect only when boardd starts.
std::vector<std::string_view> need_a_restart(const Config& now, const Config& read)
{
    std::vector<std::string_view> tables;
    if (now.pigpio_listen != read.pigpio_listen || now.text_listen != read.text_listen) {
        tables.emplace_back("[listen]");
    }
    if (now.pins != read.pins) {
        tables.emplace_back("[pins]");
    }
    if (now.backend != read.backend || now.revision != read.revision) {
        tables.emplace_back("[board]");
    }
    if (now.pigpio != read.pigpio) {
        tables.emplace_back("[pigpio]");
    }
    return tables;
}

/// What [tls] would have to name for the addresses that are served, and does not; empty if it is
/// enough for them.
std::string missing_for(const std::vector<Endpoint>& served, const TlsConfig& tls)
{
    if (!served.empty() && !tls.context) {
        return "'certificate', which '" + served.front().to_string() + '\'';
    }
    const auto open = std::find_if_not(
        served.begin(), served.end(), [](const Endpoint& endpoint) { return endpoint.loopback(); });
    if (open != served.end() && tls.client_ca.empty()) {
        return "'client_ca', which '" + open->to_string() + '\'';
    }
    return "";
}

}  // namespace

void reload(const std::string& file, const Options& options, Config& config, Reception& reception)
{
    if (file.empty()) {
        log::info("reload: there is no configuration file, nothing changes");
        return;
    }
    const std::optional<Config> read = read_again(file, options);
    if (!read) {
        return;
    }
    for (const std::string_view table : need_a_restart(config, *read)) {
        log::warning("reload: " + std::string{table} + " has changed, which needs a restart");
    }
    config.log_level = read->log_level;
    config.limits = read->limits;
    // It was read for the addresses in the file, which need not be those that are served.
    const std::string missing = missing_for(config.text_listen.tls, read->tls);
    if (missing.empty()) {
        config.tls = read->tls;
    } else {
        log::warning("reload: keeping the old [tls]: the new one lacks " + missing +
                     " needs until a restart");
    }
    log::set_level(config.log_level);
    reception.take_over(config.limits, config.tls);
    log::info("reloaded " + file +
              (missing.empty() && config.tls.context ? " and the files of [tls]" : ""));
}

}  // namespace boardd
