#include "boardd/reload.hpp"

#include "boardd/log.hpp"
#include "boardd/systemd.hpp"

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
    } catch (const ConfigUnreadable& error) {
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
    if (now.text_listen.tls != read.text_listen.tls) {
        tables.emplace_back("[tls]");
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
    // What is good enough for other addresses may not be for those that are served.
    const bool same_addresses = config.text_listen.tls == read->text_listen.tls;
    if (same_addresses) {
        config.tls = read->tls;
    }
    log::set_level(config.log_level);
    reception.take_over(config.limits, config.tls);
    log::info("reloaded " + file +
              (same_addresses && config.tls.context ? " and the files of [tls]" : ""));
}

}  // namespace boardd
