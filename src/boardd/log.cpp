#include "boardd/log.hpp"

#include "boardd/utf8.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace boardd::log {
namespace {

constexpr const char* journal_pattern = "<%*>%v";
constexpr const char* terminal_pattern = "%Y-%m-%d %H:%M:%S.%e %-7l %v";

/// The message's priority as in syslog(3): journald reads it from "<6>".
class Priority final : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm&,
                spdlog::memory_buf_t& line) override
    {
        const char digit = message.level >= spdlog::level::err    ? '3'
                           : message.level == spdlog::level::warn ? '4'
                           : message.level == spdlog::level::info ? '6'
                                                                  : '7';
        line.push_back(digit);
    }

    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override
    {
        return std::make_unique<Priority>();
    }
};

/// Is stderr the journal? JOURNAL_STREAM is inherited by children whose stderr is something else,
/// so what it names ("DEVICE:INODE") is compared. See systemd.exec(5).
bool stderr_is_journal()
{
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status{};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) {
        return false;
    }
    return std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino) == stream;
}

spdlog::level::level_enum to_spdlog(LogLevel level)
{
    switch (level) {
        case LogLevel::debug: return spdlog::level::debug;
        case LogLevel::info: return spdlog::level::info;
        case LogLevel::warning: return spdlog::level::warn;
        case LogLevel::error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

void write(spdlog::level::level_enum level, std::string_view message)
{
    if (spdlog::should_log(level)) {
        const std::string line = escaped(message);
        spdlog::default_logger_raw()->log(level, spdlog::string_view_t{line.data(), line.size()});
    }
}

void write_lines(spdlog::level::level_enum level, std::string_view lines)
{
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        write(level, lines.substr(0, end));
        lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    }
}

}  // namespace

void start(LogLevel level)
{
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<Priority>('*');
    formatter->set_pattern(stderr_is_journal() ? journal_pattern : terminal_pattern);

    auto logger = std::make_shared<spdlog::logger>(
        "boardd", std::make_shared<spdlog::sinks::stderr_sink_st>());
    logger->set_formatter(std::move(formatter));
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
    set_level(level);
}

void set_level(LogLevel level) { spdlog::set_level(to_spdlog(level)); }

void write(LogLevel level, std::string_view message) { write(to_spdlog(level), message); }
void debug(std::string_view message) { write(spdlog::level::debug, message); }
void info(std::string_view message) { write(spdlog::level::info, message); }
void warning(std::string_view message) { write(spdlog::level::warn, message); }
void error(std::string_view message) { write(spdlog::level::err, message); }

void warning_lines(std::string_view lines) { write_lines(spdlog::level::warn, lines); }
void error_lines(std::string_view lines) { write_lines(spdlog::level::err, lines); }

}  // namespace boardd::log
