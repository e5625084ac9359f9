#include "boardd/options.hpp"

#include "boardd/suggestion.hpp"
#include "boardd/version.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <charconv>
#include <string_view>
#include <sysexits.h>
#include <utility>
#include <vector>

namespace boardd {
namespace {

constexpr std::array<std::string_view, 8> option_names{
    "--config",    "--backend",      "--pigpio-port", "--text-port",
    "--log-level", "--check-config", "--version",     "--help"};

constexpr const char* footer =
    "Without --config, /etc/boardd/boardd.toml is read if it exists.\n"
    "Exit codes: 0 ended by a signal, 64 wrong option, 66 unreadable configuration,\n"
    "69 port or pin in use, 71 refused by the system, 78 wrong configuration.\n"
    "More: man 8 boardd, man 5 boardd.toml";

/// The values as they stand on the command line.
struct Texts {
    std::string config_file;
    std::string backend;
    std::string pigpio_port;
    std::string text_port;
    std::string log_level;
    bool check_config = false;
};

/// A wrong option: the message without the program's name.
struct Wrong {
    std::string message;
};

[[noreturn]] void throw_wrong(std::string_view option, std::string_view value,
                              std::string_view expected)
{
    throw Wrong{'\'' + std::string{option} + ' ' + std::string{value} + "': expected " +
                std::string{expected}};
}

void declare(CLI::App& app, Texts& texts)
{
    app.name("boardd");
    app.footer(footer);
    app.allow_extras();  // So that we can say which one is unknown, and what was meant.
    app.set_version_flag("--version", std::string{"boardd "} + version, "Print the version");
    app.add_option("--config", texts.config_file, "Read this configuration")->type_name("FILE");
    app.add_option("--backend", texts.backend, "Which board: auto, simulated or gpiod")
        ->type_name("BOARD");
    app.add_option("--pigpio-port", texts.pigpio_port,
                   "Port of the pigpio protocol; 0: any free one")
        ->type_name("PORT");
    app.add_option("--text-port", texts.text_port, "Port of the text protocol; 0: any free one")
        ->type_name("PORT");
    app.add_option("--log-level", texts.log_level, "debug, info, warning or error")
        ->type_name("LEVEL");
    app.add_flag("--check-config", texts.check_config,
                 "Say whether the configuration is good, and exit");
}

/// "; did you mean '--pigpio-port' or '--text-port'?", or nothing.
std::string suggestion(std::string_view option)
{
    if (const std::string_view meant = nearest(option, option_names); !meant.empty()) {
        return "; did you mean '" + std::string{meant} + "'?";
    }
    constexpr std::size_t dashes = 2;
    std::string list;
    for (const std::string_view name : option_names) {
        if (option.size() > dashes && name.ends_with(option.substr(dashes))) {
            list += (list.empty() ? "'" : " or '") + std::string{name} + '\'';
        }
    }
    return list.empty() ? "" : "; did you mean " + list + '?';
}

/// Complains about the first word that CLI11 did not know.
void refuse_extras(const std::vector<std::string>& extras)
{
    for (const std::string& word : extras) {
        if (word.starts_with('-')) {
            const std::string option = word.substr(0, word.find('='));
            throw Wrong{"unknown option '" + option + '\'' + suggestion(option)};
        }
    }
    if (!extras.empty()) {
        throw Wrong{"unexpected argument '" + extras.front() + '\''};
    }
}

std::optional<std::uint16_t> to_port(std::string_view option, const CLI::App& app,
                                     const std::string& text)
{
    if (app.count(std::string{option}) == 0) {
        return std::nullopt;
    }
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw_wrong(option, text, "a port from 0 to 65535");
    }
    return port;
}

template <typename T, std::size_t n>
std::optional<T> to_choice(std::string_view option, const CLI::App& app, const std::string& text,
                           const std::array<std::pair<std::string_view, T>, n>& choices)
{
    if (app.count(std::string{option}) == 0) {
        return std::nullopt;
    }
    std::string words;
    for (std::size_t i = 0; i < n; ++i) {
        if (choices[i].first == text) {
            return choices[i].second;
        }
        words += (i == 0 ? "" : i + 1 == n ? " or " : ", ") + std::string{choices[i].first};
    }
    throw_wrong(option, text, words);
}

Options to_options(const CLI::App& app, const Texts& texts)
{
    using Backend = std::pair<std::string_view, BoardBackend>;
    using Level = std::pair<std::string_view, LogLevel>;
    constexpr std::array backends{Backend{"auto", BoardBackend::automatic},
                                  Backend{"simulated", BoardBackend::simulated},
                                  Backend{"gpiod", BoardBackend::gpiod}};
    constexpr std::array levels{Level{"debug", LogLevel::debug}, Level{"info", LogLevel::info},
                                Level{"warning", LogLevel::warning},
                                Level{"error", LogLevel::error}};
    Options options;
    if (app.count("--config") != 0) {
        options.config_file = texts.config_file;
    }
    options.backend = to_choice("--backend", app, texts.backend, backends);
    options.pigpio_port = to_port("--pigpio-port", app, texts.pigpio_port);
    options.text_port = to_port("--text-port", app, texts.text_port);
    options.log_level = to_choice("--log-level", app, texts.log_level, levels);
    options.check_config = texts.check_config;
    return options;
}

Answer complaint(std::string message)
{
    const std::string cure = message.ends_with('?') ? "" : "; see 'boardd --help'";
    return {EX_USAGE, "boardd: " + std::move(message) + cure + '\n'};
}

}  // namespace

void Options::apply_to(Config& config) const
{
    const auto replace_ports = [](std::vector<Endpoint>& endpoints,
                                  std::optional<std::uint16_t> port) {
        for (Endpoint& endpoint : endpoints) {
            endpoint.port = port.value_or(endpoint.port);
        }
    };
    replace_ports(config.pigpio_listen.tcp, pigpio_port);
    replace_ports(config.text_listen.tcp, text_port);
    config.backend = backend.value_or(config.backend);
    config.log_level = log_level.value_or(config.log_level);
}

std::variant<Options, Answer> parse_options(std::span<const char* const> arguments)
{
    CLI::App app{"Shares the pins of this board over the network."};
    Texts texts;
    declare(app, texts);
    try {
        app.parse(static_cast<int>(arguments.size()), arguments.data());
        refuse_extras(app.remaining());
        return to_options(app, texts);
    } catch (const CLI::CallForHelp&) {
        return Answer{EX_OK, app.help()};
    } catch (const CLI::CallForVersion& request) {
        return Answer{EX_OK, std::string{request.what()} + '\n'};
    } catch (const CLI::ParseError& error) {
        return complaint(error.what());
    } catch (const Wrong& wrong) {
        return complaint(wrong.message);
    }
}

}  // namespace boardd
