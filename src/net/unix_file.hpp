#pragma once

#include "core/network.hpp"

#include <string>
#include <sys/types.h>
#include <utility>

namespace asyncio::detail {

/// The file of a listening Unix socket: removed at the end, if it is still the same file.
class UnixFile {
public:
    /// The file that is there now. Does nothing for an abstract name, or when there is none.
    explicit UnixFile(std::string path);
    UnixFile(UnixFile&& other) noexcept
        : path_{std::exchange(other.path_, {})}, device_{other.device_}, inode_{other.inode_}
    {
    }
    UnixFile& operator=(UnixFile&& other) noexcept
    {
        std::swap(path_, other.path_);
        std::swap(device_, other.device_);
        std::swap(inode_, other.inode_);
        return *this;
    }
    ~UnixFile();

private:
    std::string path_;  // Empty: nothing to remove.
    dev_t device_{};
    ino_t inode_{};
};

/// Is there a socket file at `path`?
[[nodiscard]] bool is_socket_file(const std::string& path) noexcept;

}  // namespace asyncio::detail
