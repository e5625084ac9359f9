#include "machine/sysfs_led.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace machine::detail {
namespace {

/// The first number in a file of /sys; 0 if there is none.
int read_number(int descriptor)
{
    char text[32];
    const ssize_t size = ::pread(descriptor, text, sizeof text, 0);
    int number = 0;
    if (size > 0) {
        std::from_chars(text, text + size, number);
    }
    return number;
}

class SysfsLed final : public LedDriver {
public:
    explicit SysfsLed(const std::filesystem::path& folder)
        : path_{(folder / "brightness").string()}, trigger_{folder / "trigger"}
    {
        const std::string max = (folder / "max_brightness").string();
        if (const int descriptor = ::open(max.c_str(), O_RDONLY | O_CLOEXEC); descriptor >= 0) {
            full_ = std::max(1, read_number(descriptor));
            ::close(descriptor);
        }
        descriptor_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
        if (descriptor_ < 0) {
            asyncio::detail::throw_errno(errno, "open '" + path_ + "'");
        }
    }
    ~SysfsLed() override { ::close(descriptor_); }

    [[nodiscard]] unsigned intensity() override
    {
        const int is = std::clamp(read_number(descriptor_), 0, full_);
        if (is == written_) {
            return set_;  // Not what its few steps make of it.
        }
        const std::int64_t share = (std::int64_t{is} * 255 + full_ / 2) / full_;
        return is == 0 ? 0 : std::max(1U, static_cast<unsigned>(share));
    }

    void intensity(unsigned value) override
    {
        if (trigger() != "none") {  // Each time: others may set one as well.
            trigger("none");
        }
        // What is not dark stays visible.
        const int steps = static_cast<int>((std::int64_t{value} * full_ + 254) / 255);
        const std::string text = std::to_string(steps) + '\n';
        if (::pwrite(descriptor_, text.data(), text.size(), 0) < 0) {
            asyncio::detail::throw_errno(errno, "write '" + path_ + "'");
        }
        written_ = steps;
        set_ = value;
    }

    // The file reads "none [heartbeat] mmc0": all of them, and the present one in brackets.
    [[nodiscard]] std::vector<std::string> triggers() override
    {
        std::vector<std::string> names;
        std::ifstream file{trigger_};
        for (std::string word; file >> word;) {
            const bool present = word.starts_with('[');
            names.push_back(present ? word.substr(1, word.size() - 2) : word);
        }
        return names;
    }

    [[nodiscard]] std::string trigger() override
    {
        std::ifstream file{trigger_};
        for (std::string word; file >> word;) {
            if (word.starts_with('[')) {
                return word.substr(1, word.size() - 2);
            }
        }
        return "none";
    }

    void trigger(const std::string& name) override
    {
        std::ofstream file{trigger_};
        if (!(file << name << std::flush)) {
            asyncio::detail::throw_errno(errno, "write '" + trigger_.string() + "'");
        }
        written_ = -1;
    }

private:
    std::string path_;
    std::filesystem::path trigger_;
    int full_ = 1;
    int written_ = -1;  // What stands in the file for
    unsigned set_ = 0;  // what was set last.
    int descriptor_ = -1;
};

}  // namespace

std::vector<std::string> sysfs_leds(const std::filesystem::path& folder)
{
    std::vector<std::string> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{folder, error}) {
        found.push_back(entry.path().filename().string());
    }
    std::ranges::sort(found);
    return found;
}

std::shared_ptr<LedDriver> open_sysfs_led(const std::filesystem::path& folder, unsigned number)
{
    const std::vector<std::string> found = sysfs_leds(folder);
    if (number < 1 || number > found.size()) {
        throw std::invalid_argument{"there is no LED " + std::to_string(number) + ": " +
                                    folder.string() + " has " + std::to_string(found.size())};
    }
    return std::make_shared<SysfsLed>(folder / found[number - 1]);
}

}  // namespace machine::detail
