#include "core/uring_setup.hpp"

#include <cerrno>
#include <fstream>

namespace asyncio::detail {
namespace {

/// 0: everybody may use io_uring; 1: only the privileged and a group; 2: nobody. 0 also when the
/// kernel has no such switch (before Linux 6.6).
int io_uring_disabled()
{
    int value = 0;
    std::ifstream{"/proc/sys/kernel/io_uring_disabled"} >> value;
    return value;
}

}  // namespace

std::string uring_cure(int error)
{
    switch (error) {
        case EPERM:
        case EACCES:
            if (io_uring_disabled() != 0) {
                return "; 'sysctl kernel.io_uring_disabled=0' allows it";
            }
            return "; a container needs a seccomp profile that allows io_uring_setup, "
                   "io_uring_enter and io_uring_register";
        case ENOSYS: return "; Linux 6.1 or later has it, unless it was built without";
        case ENOMEM:
            return "; raise the limit of locked memory ('ulimit -l', LimitMEMLOCK= in a unit)";
        case EMFILE:
        case ENFILE: return "; raise the limit of open files ('ulimit -n', LimitNOFILE= in a unit)";
        default: return "";
    }
}

}  // namespace asyncio::detail
