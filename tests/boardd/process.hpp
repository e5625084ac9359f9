#pragma once

#include "support/temporary_directory.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace boardd_test {

using asyncio::test::TemporaryDirectory;

/// A boardd that runs as a process of its own.
///
/// What it prints on stdout and stderr is collected in files. It is killed, by its pid, when this
/// object dies before it was stopped. Every failure here throws std::runtime_error with boardd's
/// log.
class Boardd {
public:
    using Milliseconds = std::chrono::milliseconds;
    static constexpr Milliseconds patience{20'000};  ///< Generous: sanitizers, busy machines.

    /// Starts `boardd ARGUMENT...` and nothing else. `environment` is added to a small clean one:
    /// {"NOTIFY_SOCKET=/tmp/..."}.
    explicit Boardd(const std::vector<std::string>& arguments,
                    const std::vector<std::string>& environment = {});
    Boardd(const Boardd&) = delete;
    Boardd& operator=(const Boardd&) = delete;
    ~Boardd();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

    /// Waits until it serves; it must have been started with serving().
    void wait_until_ready();

    /// The port that a protocol is served on, as the log says it: port("pigpio").
    [[nodiscard]] std::uint16_t port(std::string_view protocol,
                                     std::string_view address = "127.0.0.1") const;
    [[nodiscard]] std::uint16_t pigpio_port() const { return port("pigpio"); }
    [[nodiscard]] std::uint16_t text_port() const { return port("text"); }

    void send_signal(int signal) const;

    /// Waits for its end and gives the exit code, or -N if signal N ended it.
    int wait_for_exit(Milliseconds limit = patience);

    /// SIGTERM, then wait_for_exit().
    int stop();

    /// Waits until the log contains `text`.
    void wait_for_log(std::string_view text, Milliseconds limit = patience);

    /// What it printed so far.
    [[nodiscard]] std::string standard_output() const;
    [[nodiscard]] std::string log() const;

private:
    [[noreturn]] void fail(const std::string& what) const;
    [[nodiscard]] bool poll_exit();

    TemporaryDirectory directory_;
    pid_t pid_ = -1;
    bool exited_ = false;
    int exit_code_ = 0;
};

/// The arguments for a boardd on the simulated board and free ports, and a configuration file of
/// its own (empty unless `toml` says more) in `directory`; then `more`.
[[nodiscard]] std::vector<std::string> serving(const TemporaryDirectory& directory,
                                               std::string_view toml = {},
                                               const std::vector<std::string>& more = {});

/// A boardd that serves: it is ready when the constructor returns.
class ServingBoardd {
public:
    explicit ServingBoardd(std::string_view toml = {}, const std::vector<std::string>& more = {},
                           const std::vector<std::string>& environment = {})
        : boardd_{serving(directory_, toml, more), environment}
    {
        boardd_.wait_until_ready();
    }

    [[nodiscard]] Boardd& operator*() noexcept { return boardd_; }
    [[nodiscard]] Boardd* operator->() noexcept { return &boardd_; }
    [[nodiscard]] const TemporaryDirectory& directory() const noexcept { return directory_; }

private:
    TemporaryDirectory directory_;
    Boardd boardd_;
};

}  // namespace boardd_test
