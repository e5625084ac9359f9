#include "boardd/text_file.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace boardd {
namespace {

struct Close {
    void operator()(std::FILE* file) const noexcept { (void)std::fclose(file); }
};

}  // namespace

std::string read_file(const std::string& file)
{
    std::string text;
    const std::unique_ptr<std::FILE, Close> stream{std::fopen(file.c_str(), "re")};
    char block[4096];
    std::size_t n = 0;
    while (stream && (n = std::fread(block, 1, sizeof block, stream.get())) > 0) {
        text.append(block, n);
    }
    if (!stream || std::ferror(stream.get()) != 0) {
        throw asyncio::OSError{std::error_code{errno, std::generic_category()},
                               "cannot read '" + file + '\''};
    }
    return text;
}

}  // namespace boardd
