#pragma once

#include "core/network.hpp"

#include <optional>
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

    /// Does not remove it.
    void leave() noexcept { path_.clear(); }

    /// Throws OSError "cannot give '<path>' the mode 0660: <reason>".
    void set_mode(mode_t mode) const;
    /// `name` is for the message: "cannot give '<path>' to group '<name>': <reason>".
    void set_group(gid_t group, const std::string& name) const;

private:
    std::string path_;  // Empty: nothing to remove.
    dev_t device_{};
    ino_t inode_{};
};

/// Is there a socket file at `path`?
[[nodiscard]] bool is_socket_file(const std::string& path) noexcept;

/// The group of that name or number, if there is one. Blocks while the system looks.
[[nodiscard]] std::optional<gid_t> find_group(const std::string& name);

}  // namespace asyncio::detail
