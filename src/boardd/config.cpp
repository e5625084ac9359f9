#include "boardd/config.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace boardd {
namespace {

[[noreturn]] void throw_unreadable(const std::string& file)
{
    const int error = errno;
    throw ConfigUnreadable{"cannot read '" + file + "': " + std::generic_category().message(error)};
}

std::string read_file(const std::string& file)
{
    struct Close {
        void operator()(std::FILE* stream) const noexcept { (void)std::fclose(stream); }
    };
    const std::unique_ptr<std::FILE, Close> stream{std::fopen(file.c_str(), "re")};
    if (!stream) {
        throw_unreadable(file);
    }
    std::string text;
    char block[4096];
    std::size_t n = 0;
    while ((n = std::fread(block, 1, sizeof block, stream.get())) > 0) {
        text.append(block, n);
    }
    if (std::ferror(stream.get()) != 0) {
        throw_unreadable(file);
    }
    return text;
}

}  // namespace

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
    return parse_config(read_file(file), file, defaults);
}

}  // namespace boardd
