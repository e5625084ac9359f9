// boardd: shares the pins of this board over the network. See boardd(8).

#include "boardd/daemon.hpp"
#include "boardd/failure.hpp"
#include "boardd/log.hpp"
#include "boardd/options.hpp"
#include "boardd/systemd.hpp"

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <variant>

namespace boardd {
namespace {

constexpr const char* default_file = "/etc/boardd/boardd.toml";

/// The configuration file: the one that was asked for, else the default one if it is there, else
/// "" for none.
std::string file_to_read(const Options& options)
{
    if (options.config_file) {
        return *options.config_file;
    }
    return ::access(default_file, F_OK) == 0 ? default_file : "";
}

/// The configuration with the options over it. Throws Failure.
Config configure(const Options& options, const std::string& file)
{
    ParsedConfig parsed{Config::defaults(runtime_directory()), {}};
    if (!file.empty()) {
        try {
            parsed = load_config(file, parsed.config);
        } catch (const ConfigUnreadable& error) {
            throw Failure{EX_NOINPUT, error.what()};
        }
    }
    if (!parsed.errors.empty()) {
        std::string lines;
        for (const ConfigError& error : parsed.errors) {
            lines += (lines.empty() ? "" : "\n") + error.to_string();
        }
        throw Failure{EX_CONFIG, lines};
    }
    options.apply_to(parsed.config);
    return parsed.config;
}

/// --check-config: a compiler's messages, so that editors find the lines.
int check(const Options& options, const std::string& file)
{
    try {
        (void)configure(options, file);
        (void)std::printf("%s: ok\n", file.empty() ? "built-in defaults" : file.c_str());
        return EX_OK;
    } catch (const Failure& failure) {
        (void)std::fprintf(stderr, "%s\n", failure.what());
        return failure.exit_code();
    }
}

/// Logs a failure.
int report(int exit_code, std::string_view message)
{
    log::error_lines(message);
    return exit_code;
}

int run(const Options& options)
{
    const std::string file = file_to_read(options);
    if (options.check_config) {
        return check(options, file);
    }
    log::start(options.log_level.value_or(LogLevel::info));
    try {
        Config config = configure(options, file);
        log::set_level(config.log_level);
        run_daemon(Startup{options, std::move(config), file});
        return EX_OK;
    } catch (const Failure& failure) {
        return report(failure.exit_code(), failure.what());
    } catch (const std::exception& error) {
        return report(EX_SOFTWARE, error.what());
    }
}

}  // namespace
}  // namespace boardd

int main(int argc, char** argv)
{
    const auto parsed = boardd::parse_options({argv, static_cast<std::size_t>(argc)});
    if (const auto* answer = std::get_if<boardd::Answer>(&parsed)) {
        (void)std::fputs(answer->text.c_str(), answer->exit_code == EX_OK ? stdout : stderr);
        return answer->exit_code;
    }
    return boardd::run(std::get<boardd::Options>(parsed));
}
