#include "boardd/config.hpp"

#include "boardd/text_file.hpp"

#include <asyncio/errors.hpp>

namespace boardd {

Config Config::defaults(std::string_view runtime_directory)
{
    Config config;
    config.pigpio_listen.tcp = {Endpoint{"127.0.0.1", 8888}, Endpoint{"::1", 8888}};
    config.text_listen.tcp = {Endpoint{"127.0.0.1", 8880}};
    if (!runtime_directory.empty()) {
        config.text_listen.unix_path = std::string{runtime_directory} + "/boardd.sock";
    }
    return config;
}

std::string ConfigError::to_string() const
{
    return file + ':' + std::to_string(line) + ": " + message;
}

ParsedConfig load_config(const std::string& file, const Config& defaults)
{
    std::string text;
    try {
        text = read_file(file);
    } catch (const asyncio::OSError& error) {
        throw ConfigUnreadable{error.what()};
    }
    return parse_config(text, file, defaults);
}

}  // namespace boardd
