#include "machine/line_holder.hpp"

#include <fstream>
#include <system_error>

namespace machine::detail {
namespace {

namespace fs = std::filesystem;

/// Does this file of /proc/PID/fdinfo describe a request of the line?
bool requests(const fs::path& file, const LineAddress& address)
{
    std::ifstream text{file};
    std::string key;
    std::string value;
    bool of_chip = false;
    while (text >> key >> value) {
        if (key == "gpio-chip:") {
            of_chip = value == address.chip;
        } else if (key == "gpio-line:" && of_chip && value == std::to_string(address.offset)) {
            return true;
        }
    }
    return false;
}

bool any_requests(const fs::path& process, const LineAddress& address)
{
    std::error_code error;  // It may be gone, or another user's.
    for (const auto& file : fs::directory_iterator{process / "fdinfo", error}) {
        if (requests(file.path(), address)) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::string holder_of(const LineAddress& address, const fs::path& processes)
{
    std::error_code error;
    for (const auto& process : fs::directory_iterator{processes, error}) {
        const std::string number = process.path().filename().string();
        if (number.find_first_not_of("0123456789") != std::string::npos ||
            !any_requests(process.path(), address)) {
            continue;
        }
        std::string name;
        std::getline(std::ifstream{process.path() / "comm"}, name);
        return "process " + number + " '" + name + "'";
    }
    return "the kernel or another user's process";
}

}  // namespace machine::detail
