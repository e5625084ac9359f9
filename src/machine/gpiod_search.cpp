#include "machine/gpiod_backend.hpp"
#include "machine/names.hpp"

#include <asyncio/errors.hpp>

#include <algorithm>
#include <utility>

namespace machine::detail {
namespace {

constexpr std::string_view prefix = "gpiochip";

/// The device files of chips, by number. A symbolic link to another of them is left out:
/// Raspberry Pi OS has /dev/gpiochip4 for programs that expect the header there.
std::vector<std::filesystem::path> chip_files(const std::filesystem::path& devices)
{
    std::vector<std::pair<int, std::filesystem::path>> numbered;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{devices, error}) {
        const std::string name = entry.path().filename().string();
        const int number = name.starts_with(prefix) ? to_number(name.substr(prefix.size())) : -1;
        if (number >= 0 && !entry.is_symlink(error)) {
            numbered.emplace_back(number, entry.path());
        }
    }
    std::ranges::sort(numbered);
    std::vector<std::filesystem::path> files;
    for (auto& [number, path] : numbered) {
        files.push_back(std::move(path));
    }
    return files;
}

/// By the file's mode, or by the rules for a container's devices.
bool is_denied(const std::error_code& error)
{
    return error == std::errc::permission_denied || error == std::errc::operation_not_permitted;
}

std::string cure(const std::error_code& error)
{
    return error == std::errc::permission_denied
               ? "; add the user to the group that owns it, often 'gpio'"
               : "";
}

}  // namespace

GpiodSearch find_gpiod(const std::filesystem::path& devices, const std::filesystem::path& leds,
                       const std::filesystem::path& sys)
{
    GpiodSearch result;
    result.reason = "no " + (devices / "gpiochip*").string() + " found";

    std::map<std::string, std::unique_ptr<GpiodChip>> chips;
    std::vector<ChipInfo> infos;
    for (const std::filesystem::path& path : chip_files(devices)) {
        try {
            const std::string name = path.filename().string();
            auto chip = open_gpiod_chip(path.string());
            infos.emplace_back(name, path.string(), chip->label(), chip->lines());
            chips.emplace(name, std::move(chip));
        } catch (const asyncio::OSError& failure) {
            const bool denied = is_denied(failure.code());
            if (denied || !result.denied) {
                result.reason = failure.what() + cure(failure.code());
            }
            result.denied = result.denied || denied;
        }
    }
    if (!chips.empty()) {
        result.backend =
            std::make_shared<GpiodBackend>(std::move(chips), std::move(infos), leds, sys);
    }
    return result;
}

}  // namespace machine::detail
