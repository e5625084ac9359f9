#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace machine::detail {

// The device tree as the kernel shows it: a node is a folder, a property is a file.

/// The tree. `sys` is /sys.
[[nodiscard]] std::filesystem::path device_tree(const std::filesystem::path& sys);

/// A property's cells, numbers of four bytes, the highest first; none if there is no such property.
[[nodiscard]] std::vector<std::uint32_t> read_cells(const std::filesystem::path& property);

/// A property's strings.
[[nodiscard]] std::vector<std::string> read_strings(const std::filesystem::path& property);

/// The folders in a folder, by name: the nodes in a node, for example.
[[nodiscard]] std::vector<std::filesystem::path> folders_in(const std::filesystem::path& folder);

}  // namespace machine::detail
