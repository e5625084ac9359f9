#include "core/uring_setup.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <liburing.h>
#include <span>
#include <system_error>
#include <utility>

namespace asyncio::detail {
namespace {

/// One way to set up a ring.
struct Rung {
    unsigned flags;
    const char* cure;  ///< When the kernel does not know the flags.
};

/// In the order of UringSetup.
constexpr std::array<Rung, 3> ladder{{
    {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |
         IORING_SETUP_SUBMIT_ALL,
     "; Linux 6.1 or later has them"},
    {IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL,
     "; Linux 5.19 or later has them"},
    {0, ""},
}};

/// Their names, joined by "|".
std::string names_of(unsigned flags)
{
    static constexpr std::array<std::pair<unsigned, const char*>, 5> names{{
        {IORING_SETUP_SINGLE_ISSUER, "SINGLE_ISSUER"},
        {IORING_SETUP_DEFER_TASKRUN, "DEFER_TASKRUN"},
        {IORING_SETUP_COOP_TASKRUN, "COOP_TASKRUN"},
        {IORING_SETUP_TASKRUN_FLAG, "TASKRUN_FLAG"},
        {IORING_SETUP_SUBMIT_ALL, "SUBMIT_ALL"},
    }};
    std::string text;
    for (const auto& [flag, name] : names) {
        if ((flags & flag) != 0) {
            text += (text.empty() ? "" : "|") + std::string{name};
        }
    }
    return text.empty() ? "plain" : text;
}

/// 0: everybody may use io_uring; 1: only the privileged and a group; 2: nobody. 0 also when the
/// kernel has no such switch (before Linux 6.6).
int io_uring_disabled()
{
    int value = 0;
    std::ifstream{"/proc/sys/kernel/io_uring_disabled"} >> value;
    return value;
}

/// What to do about a refusal, as the end of a sentence: "; ...", or "" when nothing is known.
std::string cure_of(int error)
{
    switch (error) {
        case EPERM:
        case EACCES:
            if (io_uring_disabled() != 0) {
                return "; 'sysctl kernel.io_uring_disabled=0' allows it";
            }
            return "; a container needs a seccomp profile that allows io_uring_setup, "
                   "io_uring_enter and io_uring_register";
        case ENOSYS:
            return "; Linux 6.1 or later has it, unless it was built without or a container's "
                   "seccomp profile hides it";
        case ENOMEM:
            return "; raise the limit of locked memory ('ulimit -l', LimitMEMLOCK= in a unit)";
        case EMFILE:
        case ENFILE: return "; raise the limit of open files ('ulimit -n', LimitNOFILE= in a unit)";
        default: return "";
    }
}

[[noreturn]] void refuse(const std::string& act, const char* call, int error, std::string reasons)
{
    add_reason(reasons, uring_refusal(call, error));
    throw UringRefused{std::error_code{error, std::generic_category()},
                       "cannot " + act + cure_of(error), std::move(reasons)};
}

/// A seccomp profile may allow io_uring_setup and refuse the rest, so this enters once, for
/// nothing.
void check_enter(io_uring& ring, const std::string& reasons)
{
    const int error = -io_uring_get_events(&ring);
    if (error > 0 && error != EINTR && error != EAGAIN && error != EBUSY) {
        io_uring_queue_exit(&ring);
        refuse("use io_uring", "io_uring_enter", error, reasons);
    }
}

}  // namespace

std::string uring_refusal(const std::string& call, int error)
{
    return call + " is refused: " + std::generic_category().message(error) + cure_of(error);
}

void add_reason(std::string& reasons, const std::string& reason)
{
    reasons += reasons.empty() ? reason : because(reason);
}

std::string because(const std::string& reasons)
{
    return reasons.empty() ? "" : ", because " + reasons;
}

RingSetup set_up_ring(io_uring& ring, unsigned entries, UringSetup best, const std::string& reason)
{
    std::string reasons = reason;
    int error = 0;
    for (const Rung& rung : std::span{ladder}.subspan(static_cast<std::size_t>(best))) {
        error = -io_uring_queue_init(entries, &ring, rung.flags);
        if (error == 0) {
            check_enter(ring, reasons);
            io_uring_ring_dontfork(&ring);
            return {names_of(ring.flags), reasons};
        }
        if (error != EINVAL || rung.flags == 0) {
            break;
        }
        add_reason(reasons, "the kernel refuses " + names_of(rung.flags) + rung.cure);
    }
    refuse("set up io_uring with " + std::to_string(entries) + " entries", "io_uring_setup", error,
           std::move(reasons));
}

}  // namespace asyncio::detail
