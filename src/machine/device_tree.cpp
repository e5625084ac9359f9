#include "machine/device_tree.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

namespace machine::detail {
namespace {

namespace fs = std::filesystem;

std::string read_bytes(const fs::path& file)
{
    std::ifstream stream{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

}  // namespace

fs::path device_tree(const fs::path& sys) { return sys / "firmware/devicetree/base"; }

std::vector<std::uint32_t> read_cells(const fs::path& property)
{
    const std::string bytes = read_bytes(property);
    std::vector<std::uint32_t> cells;
    for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
        std::uint32_t cell = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            cell = cell << 8 | static_cast<unsigned char>(bytes[at + i]);
        }
        cells.push_back(cell);
    }
    return cells;
}

std::vector<std::string> read_strings(const fs::path& property)
{
    const std::string bytes = read_bytes(property);
    std::vector<std::string> strings;
    for (std::size_t at = 0; at < bytes.size(); at += strings.back().size() + 1) {
        strings.emplace_back(bytes.c_str() + at);  // Each ends with a zero.
    }
    return strings;
}

std::vector<fs::path> folders_in(const fs::path& folder)
{
    std::vector<fs::path> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{folder, error}) {
        if (entry.is_directory(error)) {
            found.push_back(entry.path());
        }
    }
    std::ranges::sort(found);
    return found;
}

}  // namespace machine::detail
