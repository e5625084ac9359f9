#pragma once

#include "support/temporary_directory.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <vector>

namespace machine_tests {

/// A /sys with a device tree, to be filled with nodes.
class PaperTree {
public:
    static void cells(const std::filesystem::path& file,
                      std::initializer_list<std::uint32_t> numbers)
    {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream stream{file, std::ios::binary};
        for (const std::uint32_t number : numbers) {
            for (const int shift : {24, 16, 8, 0}) {
                stream.put(static_cast<char>(number >> shift));
            }
        }
    }
    static void strings(const std::filesystem::path& file, const std::vector<std::string>& texts)
    {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream stream{file, std::ios::binary};
        for (const std::string& text : texts) {
            stream << text << '\0';
        }
    }

    const asyncio::test::TemporaryDirectory directory;
    const std::filesystem::path sys{directory.path()};
    const std::filesystem::path tree{sys / "firmware/devicetree/base"};
};

}  // namespace machine_tests
