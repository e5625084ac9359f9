#include "net/unix_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

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

bool is_socket_file(const std::string& path) noexcept
{
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

}  // namespace asyncio::detail
