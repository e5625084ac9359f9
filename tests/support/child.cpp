#include "support/child.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace asyncio::test {

Child::Child(const std::string& command)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error{errno, std::generic_category(), "pipe"};
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::string shell = "/bin/sh";
    std::string option = "-c";
    std::string line = command;
    std::array<char*, 4> arguments{shell.data(), option.data(), line.data(), nullptr};
    const int error =
        ::posix_spawn(&pid_, shell.c_str(), &actions, &attributes, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    ::close(ends[1]);
    output_ = ends[0];
    if (error != 0) {
        throw std::system_error{error, std::generic_category(), "start '" + command + "'"};
    }
}

Child::~Child()
{
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(output_);
}

std::string Child::read_until(const std::string& text)
{
    std::string printed;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (printed.find(text) == printed.npos || !printed.ends_with('\n')) {
        pollfd readable{output_, POLLIN, 0};
        std::array<char, 1> byte{};
        const bool is_late = std::chrono::steady_clock::now() > deadline;
        if (is_late || (::poll(&readable, 1, 100) > 0 && ::read(output_, byte.data(), 1) != 1)) {
            throw std::runtime_error{"expected '" + text + "', got: " + printed};
        }
        if (readable.revents != 0) {
            printed += byte[0];
        }
    }
    return printed;
}

std::pair<int, std::string> run_command(const std::string& command)
{
    std::string printed;
    std::FILE* const output = ::popen(("exec 2>&1; " + command).c_str(), "re");
    if (output == nullptr) {
        throw std::system_error{errno, std::generic_category(), "start '" + command + "'"};
    }
    std::array<char, 4096> part{};
    while (const std::size_t count = std::fread(part.data(), 1, part.size(), output)) {
        printed.append(part.data(), count);
    }
    const int status = ::pclose(output);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), printed};
}

bool is_installed(const std::string& program)
{
    return run_command("command -v " + program).first == 0;
}

}  // namespace asyncio::test
