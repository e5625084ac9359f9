#pragma once

#include <string>

namespace asyncio::detail {

/// Memory of this thread's send buffers that are empty now: an idle connection holds none, and a
/// busy one finds some that is warm.
class SpareBuffers {
public:
    /// Gives `buffer` the memory of a spare one, if it is empty and has none, and there is one.
    static void lend(std::string& buffer) noexcept;
    /// Empties `buffer` and takes its memory, or frees it.
    static void take_back(std::string& buffer) noexcept;
};

}  // namespace asyncio::detail
