#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace asyncio::test {

/// A directory of its own, removed at the end with all that is in it. (Not by a child process.)
class TemporaryDirectory {
public:
    TemporaryDirectory()
        : path_{(std::filesystem::temp_directory_path() / "asyncio-test-XXXXXX").string()}
    {
        if (::mkdtemp(path_.data()) == nullptr) {
            throw std::system_error{errno, std::generic_category(), "mkdtemp"};
        }
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory()
    {
        if (::getpid() == owner_) {
            std::error_code ignored;
            std::filesystem::remove_all(path_, ignored);
        }
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// The path of a file in it.
    [[nodiscard]] std::string path(std::string_view name) const
    {
        return path_ + '/' + std::string{name};
    }
    /// Writes a file into it and gives its path.
    std::string write(std::string_view name, std::string_view text) const
    {
        std::ofstream{path(name), std::ios::binary} << text;
        return path(name);
    }

private:
    std::string path_;
    pid_t owner_ = ::getpid();
};

}  // namespace asyncio::test
