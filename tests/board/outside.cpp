#include "outside.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace {

const std::filesystem::path simulator{"/sys/kernel/config/gpio-sim/board"};

std::string word_in(const std::filesystem::path& file)
{
    std::string word;
    std::ifstream{file} >> word;
    return word;
}

int opened(const std::filesystem::path& file, int how)
{
    const int descriptor = ::open(file.c_str(), how | O_CLOEXEC);
    if (descriptor < 0) {
        throw std::runtime_error{"cannot open '" + file.string() + "': " + std::strerror(errno)};
    }
    return descriptor;
}

std::filesystem::path folder_of(unsigned line)
{
    return std::filesystem::path{"/sys/devices/platform"} / word_in(simulator / "dev_name") /
           word_in(simulator / "bank" / "chip_name") / ("sim_gpio" + std::to_string(line));
}

}  // namespace

bool Outside::here() { return std::filesystem::exists(simulator); }

Outside::Wire::Wire(unsigned line)
    : pull_{opened(folder_of(line) / "pull", O_WRONLY)},
      value_{opened(folder_of(line) / "value", O_RDONLY)}
{
}

Outside::Wire::~Wire()
{
    ::close(pull_);
    ::close(value_);
}

void Outside::Wire::drive(bool level) const
{
    const std::string_view word = level ? "pull-up" : "pull-down";
    if (::pwrite(pull_, word.data(), word.size(), 0) < 0) {
        throw std::runtime_error{std::string{"cannot pull: "} + std::strerror(errno)};
    }
}

bool Outside::Wire::level() const
{
    char text = '?';
    if (::pread(value_, &text, 1, 0) != 1) {
        throw std::runtime_error{std::string{"cannot look: "} + std::strerror(errno)};
    }
    return text == '1';
}

Outside::Recorder::Recorder(const Wire& wire) : wire_{wire}, thread_{[this] { look(); }} {}

Outside::Recorder::~Recorder()
{
    stopped_ = true;
    thread_.join();
}

std::string Outside::Recorder::levels() const
{
    // The look that is on its way may have begun before; the one after it has not.
    for (const std::uint64_t enough = looks_ + 2; looks_ < enough;) {
        std::this_thread::yield();
    }
    const std::lock_guard lock{mutex_};
    return levels_;
}

void Outside::Recorder::look()
{
    for (char last = '?'; !stopped_; ++looks_) {
        const char level = wire_.level() ? '1' : '0';
        if (level != last) {
            const std::lock_guard lock{mutex_};
            levels_ += level;
            last = level;
        }
    }
}
