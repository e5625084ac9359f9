#pragma once

#include <string>
#include <sys/types.h>
#include <utility>

// Programs of others, for tests that talk to them.

namespace asyncio::test {

/// A shell command that runs beside the test; its process group is ended with this object.
class Child {
public:
    explicit Child(const std::string& command);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    /// What it has printed, on stdout and stderr, up to and with a line that contains `text`.
    /// Throws std::runtime_error when that does not come in 20 s.
    std::string read_until(const std::string& text);

private:
    pid_t pid_ = -1;
    int output_ = -1;
};

/// Runs a shell command to its end: (exit status, what it printed on stdout and stderr).
[[nodiscard]] std::pair<int, std::string> run_command(const std::string& command);

/// Is there such a program?
[[nodiscard]] bool is_installed(const std::string& program);

}  // namespace asyncio::test
