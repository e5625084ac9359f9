#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace load {

/// What the threads of a process have used, by the scheduler's own account.
class Usage {
public:
    Usage() = default;
    explicit Usage(const std::string& process)
    {
        for (const auto& thread :
             std::filesystem::directory_iterator{"/proc/" + process + "/task"}) {
            std::ifstream file{thread.path() / "schedstat"};
            std::uint64_t cpu = 0;
            std::uint64_t wait = 0;
            file >> cpu >> wait;
            cpu_ns += cpu;
            wait_ns += wait;
        }
    }

    [[nodiscard]] Usage operator-(const Usage& before) const
    {
        Usage used;
        used.cpu_ns = cpu_ns - before.cpu_ns;
        used.wait_ns = wait_ns - before.wait_ns;
        return used;
    }

    std::uint64_t cpu_ns = 0;
    std::uint64_t wait_ns = 0;  ///< Ready to run, but the core was taken by somebody else.
};

}  // namespace load
