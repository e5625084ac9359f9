#include "machine/line_holder.hpp"

#include <algorithm>
#include <fstream>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace machine::detail {
namespace {

namespace fs = std::filesystem;

/// What a folder has; as much of it as can be read, for it may go meanwhile.
std::vector<fs::path> entries(const fs::path& folder, std::error_code& error)
{
    std::vector<fs::path> paths;
    for (fs::directory_iterator entry{folder, error}; !error && entry != fs::directory_iterator{};
         entry.increment(error)) {
        paths.push_back(entry->path());
    }
    return paths;
}

/// What can be said of a process.
enum class Holds { nothing, perhaps, surely, hidden };

/// What a request's file in /proc/PID/fdinfo says. Before 6.1 it names no lines.
Holds look_into_request(const fs::path& file, const LineAddress& address)
{
    std::ifstream text{file};
    std::string key;
    std::string value;
    Holds found = Holds::perhaps;
    bool of_chip = false;
    while (text >> key >> value) {
        if (key == "gpio-chip:") {
            of_chip = value == address.chip;
            found = Holds::nothing;
        } else if (key == "gpio-line:" && of_chip && value == std::to_string(address.offset)) {
            return Holds::surely;
        }
    }
    return found;
}

Holds look_into(const fs::path& process, const LineAddress& address)
{
    std::error_code error;
    Holds found = Holds::nothing;
    for (const fs::path& file : entries(process / "fd", error)) {
        std::error_code closed;
        const std::string what = fs::read_symlink(file, closed).string();
        Holds here = Holds::nothing;
        if (what == "anon_inode:gpio-line") {
            here = look_into_request(process / "fdinfo" / file.filename(), address);
        } else if (what == "anon_inode:gpio-linehandle" || what == "anon_inode:gpio-event") {
            here = Holds::perhaps;
        }
        if (here == Holds::surely) {
            return here;
        }
        found = std::max(found, here);
    }
    return error == std::errc::permission_denied ? Holds::hidden : found;
}

std::string description_of(const fs::path& process)
{
    std::string name;
    std::getline(std::ifstream{process / "comm"}, name);
    return "process " + process.filename().string() + " '" + name + "'";
}

/// Is every process there to be seen? Not where those of others are hidden (the mount option
/// hidepid, systemd's ProtectProc), the first process too, nor in a container.
bool shows_all(const fs::path& processes)
{
    // The first PID namespace has this number: include/linux/proc_ns.h, PROC_PID_INIT_INO.
    constexpr std::string_view first = "pid:[4026531836]";
    std::error_code error;
    return fs::exists(processes / "1", error) &&
           fs::read_symlink(processes / "self/ns/pid", error) == first;
}

/// "a, b or c"
std::string any_of(const std::vector<std::string>& all)
{
    std::string text = all.front();
    for (std::size_t i = 1; i < all.size(); ++i) {
        text += (i + 1 == all.size() ? " or " : ", ") + all[i];
    }
    return text;
}

}  // namespace

std::string holder_of(const LineAddress& address, const fs::path& processes)
{
    const std::string own = std::to_string(::getpid());
    std::vector<std::string> candidates;
    std::error_code error;
    bool all_seen = shows_all(processes);
    for (const fs::path& process : entries(processes, error)) {
        const std::string number = process.filename().string();
        if (number.find_first_not_of("0123456789") != std::string::npos || number == own) {
            continue;
        }
        switch (look_into(process, address)) {
            case Holds::nothing: break;
            case Holds::perhaps: candidates.push_back(description_of(process)); break;
            case Holds::surely: return description_of(process);
            case Holds::hidden: all_seen = false; break;
        }
    }
    candidates.emplace_back("the kernel");
    if (!all_seen || error) {
        candidates.emplace_back("a hidden process");
    }
    return any_of(candidates);
}

}  // namespace machine::detail
