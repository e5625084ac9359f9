#include "net/unix_file.hpp"

#include <asyncio/errors.hpp>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <grp.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace asyncio::detail {

UnixFile::UnixFile(std::string path)
{
    struct stat status{};
    if (::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) {
        path_ = std::move(path);
        device_ = status.st_dev;
        inode_ = status.st_ino;
    }
}

UnixFile::~UnixFile()
{
    struct stat status{};
    if (!path_.empty() && ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
        status.st_ino == inode_) {
        ::unlink(path_.c_str());
    }
}

void UnixFile::set_mode(mode_t mode) const
{
    if (::chmod(path_.c_str(), mode) != 0) {
        std::array<char, 16> octal{};
        std::snprintf(octal.data(), octal.size(), "%04o", static_cast<unsigned>(mode));
        throw_errno(errno, "give '" + path_ + "' the mode " + octal.data());
    }
}

void UnixFile::set_group(gid_t group, const std::string& name) const
{
    if (::lchown(path_.c_str(), static_cast<uid_t>(-1), group) != 0) {
        throw_errno(errno, "give '" + path_ + "' to group '" + name + "'");
    }
}

std::optional<gid_t> find_group(const std::string& name)
{
    gid_t number = 0;
    const char* const end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data(), end, number);
    if (error == std::errc{} && rest == end) {
        return number;
    }
    std::vector<char> room(1024);
    group entry{};
    group* found = nullptr;
    while (::getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found) == ERANGE) {
        room.resize(2 * room.size());
    }
    return found != nullptr ? std::optional{found->gr_gid} : std::nullopt;
}

bool is_socket_file(const std::string& path) noexcept
{
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

}  // namespace asyncio::detail
