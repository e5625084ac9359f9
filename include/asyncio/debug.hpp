#pragma once

#include <asyncio/detail/ref.hpp>
#include <asyncio/task.hpp>

#include <chrono>
#include <csignal>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace asyncio {
class Loop;
}

/// Looking into a running program: what every task waits for, and where.
namespace asyncio::debug {

/// Is debug mode on? Then a coroutine that dies without having been awaited is reported, and so is
/// a task that holds the loop for more than 50 ms (Loop::set_slow_callback_duration()).
///
/// It begins on if the environment variable ASYNCIO_DEBUG is set and neither empty nor "0"; unless
/// that is set, it begins on in a library built without optimisation (CMake's Debug), else off.
/// From any thread. Source: CPython, asyncio's debug mode and PYTHONASYNCIODEBUG.
[[nodiscard]] bool enabled() noexcept;

/// Turns debug mode on or off. From any thread.
void enable(bool on = true) noexcept;

/// Gets each report: one or more lines, without a newline at the end. Called on the thread that
/// reports, also from destructors.
using Reporter = void (*)(std::string_view report) noexcept;

/// Sets who gets the reports of this process, and gives the one before. Null: they are printed to
/// stderr, which is the default. From any thread.
Reporter set_reporter(Reporter reporter) noexcept;

/// A place in the program.
struct Place {
    std::string function;  ///< "blink", "boardd::Daemon::serve"; without parameters.
    std::string file;      ///< As the compiler was given it.
    unsigned line = 0;
};

/// What a task is doing.
struct TaskInfo {
    enum class State { ready, running, waiting };

    AnyTask task;
    std::string name;
    /// The name of the task that created it, "Task-N" if that has ended; empty if none did.
    std::string parent;
    Place created;       ///< Where it was created.
    State state = State::ready;
    /// For what it waits, with what is known of it: "sleep, 0.250 s left", "task 'worker'",
    /// "stream from 127.0.0.1:8888". Empty unless it waits.
    std::string awaited;
    /// For how long, counted from the beginning of the turn of the loop in which it began.
    std::chrono::nanoseconds waited{};
    /// The co_await it stands at, then the co_await at which that coroutine was called, and so on
    /// outwards. Empty unless it waits.
    std::vector<Place> places;
};

/// The tasks of a loop that have not ended, in the order of their creation. On the loop's thread.
[[nodiscard]] std::vector<TaskInfo> tasks(Loop& loop);

/// The same as text, a few lines a task; what Loop::dump_tasks() reports.
[[nodiscard]] std::string describe(const std::vector<TaskInfo>& tasks);

/// While it lives, a signal makes a loop report its tasks: `kill -USR1 PID`. The report comes on
/// the loop's next turn, so not while a task holds the loop.
///
/// The loop is the one that this thread has when it is made; when that is closed, the signal does
/// nothing. Made and destroyed on that thread, one for each signal. Its constructor throws OSError
/// when no descriptor is left, and std::invalid_argument for what is no signal that can be handled,
/// or is taken by another.
class DumpOnSignal {
public:
    explicit DumpOnSignal(int signal = SIGUSR1);
    DumpOnSignal(const DumpOnSignal&) = delete;
    DumpOnSignal& operator=(const DumpOnSignal&) = delete;
    /// Gives the signal back to whom it had before.
    ~DumpOnSignal();

private:
    class Watch;

    detail::Ref<Watch> watch_;
};

}  // namespace asyncio::debug
