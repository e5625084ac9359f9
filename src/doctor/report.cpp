#include "doctor/report.hpp"

#include "core/backend_choice.hpp"
#include "core/epoll_backend.hpp"
#include "core/readable.hpp"
#include "core/scheduler.hpp"
#include "core/uring_backend.hpp"

#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace asyncio::doctor {
namespace {

/// Lines of "name: value", the values below each other.
class Lines {
public:
    void add(const std::string& name, const std::string& value)
    {
        text_ += name + ":" + std::string(name.size() < width ? width - name.size() : 1, ' ') +
                 value + "\n";
    }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    static constexpr std::size_t width = 18;
    std::string text_;
};

/// "epoll, because REASON; CURE" as lines of their own.
void add_backend(Lines& lines, std::string_view description)
{
    constexpr std::string_view because = ", because ";
    std::size_t end = description.find(because);
    lines.add("backend", std::string{description.substr(0, end)});
    while (end != std::string_view::npos) {
        description.remove_prefix(end + because.size());
        end = description.find(because);
        const std::string_view reason = description.substr(0, end);
        const std::size_t cure = reason.find("; ");
        lines.add("why", std::string{reason.substr(0, cure)});
        if (cure != std::string_view::npos) {
            lines.add("cure", std::string{reason.substr(cure + 2)});
        }
    }
}

std::string limit(int resource, const std::string& unit)
{
    rlimit value{};
    if (::getrlimit(static_cast<__rlimit_resource>(resource), &value) != 0) {
        return "unknown";
    }
    const auto say = [&unit](rlim_t number) {
        return number == RLIM_INFINITY ? "unlimited" : std::to_string(number) + unit;
    };
    return say(value.rlim_cur) + " (can be raised to " + say(value.rlim_max) + ")";
}

/// The value of a line "NAME: VALUE" or of a file that is a single value; "" if it is not there.
std::string value_in(const char* file, std::string_view name)
{
    std::ifstream in{file};
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(name)) {
            line.erase(0, name.size());
            line.erase(0, line.find_first_not_of(" \t"));
            return line;
        }
    }
    return "";
}

std::string seccomp()
{
    const std::string mode = value_in("/proc/self/status", "Seccomp:");
    return mode == "2" ? "a filter is active" : mode == "0" ? "none" : "unknown";
}

/// Its timers and descriptors: a sleep, and a wait for an eventfd that a task writes to.
Coroutine<> write_soon(int descriptor)
{
    co_await sleep_ms(1);
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(descriptor, &one, sizeof one);
}

Coroutine<> exercise(int descriptor)
{
    create_task(write_soon(descriptor));
    co_await detail::Readable{descriptor};
}

/// Is the loop able to work? Throws what keeps it from it.
void work(Lines& lines)
{
    Loop& loop = get_event_loop();
    add_backend(lines, loop.backend());
    if (auto* uring = dynamic_cast<detail::UringBackend*>(&loop.scheduler().backend())) {
        lines.add("provided buffers",
                  uring->has_provided_buffers() ? "yes" : "no: a receive is a poll and a recv(2)");
    }
    const int descriptor = ::eventfd(0, EFD_CLOEXEC);
    if (descriptor < 0) {
        detail::throw_errno(errno, "make an eventfd");
    }
    try {
        run(exercise(descriptor));
    } catch (...) {
        ::close(descriptor);
        throw;
    }
    ::close(descriptor);
}

}  // namespace

Report examine()
{
    Lines lines;
    utsname names{};
    ::uname(&names);
    lines.add("asyncio", ASYNCIO_VERSION);
    lines.add("kernel", std::string{names.release} + " (" + names.machine + ")");
    lines.add(detail::backend_variable, detail::wanted_backend());
    bool works = false;
    std::string problem;
    try {
        work(lines);
        works = true;
    } catch (const std::exception& error) {
        problem = error.what();
    }
    const std::string disabled = value_in("/proc/sys/kernel/io_uring_disabled", "");
    lines.add("io_uring_disabled", disabled.empty() ? "no such sysctl" : disabled);
    lines.add("seccomp", seccomp());
    lines.add("locked memory", limit(RLIMIT_MEMLOCK, " bytes"));
    lines.add("open files", limit(RLIMIT_NOFILE, ""));
    lines.add("the loop", works ? "works" : "does not work: " + problem);
    return {lines.text(), works};
}

}  // namespace asyncio::doctor
