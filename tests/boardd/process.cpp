#include "boardd/process.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <spawn.h>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <thread>

namespace boardd_test {
namespace {

constexpr std::chrono::milliseconds look_again{5};

std::string read_all(const std::string& path)
{
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

/// Calls `done` until it says true or the time is over.
bool eventually(std::chrono::milliseconds limit, const std::function<bool()>& done)
{
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!done()) {
        if (std::chrono::steady_clock::now() >= deadline) {
            return false;
        }
        std::this_thread::sleep_for(look_again);
    }
    return true;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings)
{
    std::vector<char*> pointers;
    for (std::string& string : strings) {
        pointers.push_back(string.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// PATH, and what sanitizers and coverage were told; nothing of a systemd that runs the tests.
std::vector<std::string> clean_environment(const std::vector<std::string>& more)
{
    std::vector<std::string> environment = more;  // The first of a name counts.
    for (const char* name :
         {"PATH", "HOME", "TMPDIR", "ASYNCIO_BACKEND", "ASAN_OPTIONS", "UBSAN_OPTIONS",
          "LSAN_OPTIONS", "ASAN_SYMBOLIZER_PATH", "LLVM_PROFILE_FILE"}) {
        if (const char* value = std::getenv(name)) {
            environment.push_back(std::string{name} + '=' + value);
        }
    }
    return environment;
}

}  // namespace

Boardd::Boardd(const std::vector<std::string>& arguments,
               const std::vector<std::string>& environment)
{
    std::vector<std::string> words{BOARDD_PATH};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<std::string> variables = clean_environment(environment);

    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    const auto redirect = [this, &files](int descriptor, const char* name) {
        const std::string path = directory_.path() + name;
        ::posix_spawn_file_actions_addopen(&files, descriptor, path.c_str(),
                                           O_WRONLY | O_CREAT | O_APPEND, 0600);
    };
    ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    redirect(1, "/stdout");
    redirect(2, "/stderr");
    const int error = ::posix_spawn(&pid_, BOARDD_PATH, &files, nullptr, pointers_to(words).data(),
                                    pointers_to(variables).data());
    ::posix_spawn_file_actions_destroy(&files);
    if (error != 0) {
        throw std::system_error{error, std::generic_category(), "posix_spawn " BOARDD_PATH};
    }
}

Boardd::~Boardd()
{
    if (!poll_exit()) {
        (void)::kill(pid_, SIGKILL);
        (void)::waitpid(pid_, nullptr, 0);
    }
}

void Boardd::wait_until_ready() { wait_for_log("ready\n"); }

std::uint16_t Boardd::port(std::string_view protocol, std::string_view address) const
{
    const std::string text = log();
    std::string wanted = std::string{protocol} + " on ";
    wanted += address.find(':') == std::string_view::npos ? std::string{address}
                                                          : '[' + std::string{address} + ']';
    wanted += ':';
    const std::size_t found = text.find(wanted);
    std::uint16_t port = 0;
    if (found == std::string::npos ||
        std::from_chars(text.data() + found + wanted.size(), text.data() + text.size(), port).ec !=
            std::errc{}) {
        fail("the log does not name a port: '" + wanted + '\'');
    }
    return port;
}

void Boardd::send_signal(int signal) const
{
    if (exited_ || ::kill(pid_, signal) != 0) {
        fail("cannot send signal " + std::to_string(signal));
    }
}

bool Boardd::poll_exit()
{
    int status = 0;
    if (!exited_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        exited_ = true;
        exit_code_ = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    }
    return exited_;
}

int Boardd::wait_for_exit(Milliseconds limit)
{
    if (!eventually(limit, [this] { return poll_exit(); })) {
        fail("boardd did not end");
    }
    return exit_code_;
}

int Boardd::stop()
{
    send_signal(SIGTERM);
    return wait_for_exit();
}

void Boardd::wait_for_log(std::string_view text, Milliseconds limit)
{
    const auto arrived = [this, text] { return log().find(text) != std::string::npos; };
    if (!eventually(limit, [this, arrived] { return arrived() || poll_exit(); }) || !arrived()) {
        fail("the log never said '" + std::string{text} + '\'');
    }
}

std::string Boardd::standard_output() const { return read_all(directory_.path() + "/stdout"); }

std::string Boardd::log() const { return read_all(directory_.path() + "/stderr"); }

void Boardd::fail(const std::string& what) const
{
    throw std::runtime_error{what + "\n-- log of boardd:\n" + log()};
}

std::vector<std::string> serving(const TemporaryDirectory& directory, std::string_view toml,
                                 const std::vector<std::string>& more)
{
    std::vector<std::string> arguments{"--config",      directory.write("boardd.toml", toml),
                                       "--backend",     "simulated",
                                       "--pigpio-port", "0",
                                       "--text-port",   "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

}  // namespace boardd_test
