#pragma once

#include <string>

namespace asyncio::doctor {

/// What asyncio-doctor prints, and whether the loop works on this machine.
struct Report {
    std::string text;
    bool works = false;
};

/// Makes this thread's loop, lets it work, and looks at what it depends on.
[[nodiscard]] Report examine();

}  // namespace asyncio::doctor
