// refuse ERROR [--all-but] NUMBER... -- PROGRAM [ARGUMENT...]
//
// Runs a program whose system calls of these numbers, or all others, fail with ERROR: a seccomp
// filter as containers have it. Exits with 77 when this machine allows no filter.

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

constexpr int skipped = 77;

int usage()
{
    (void)std::fputs("usage: refuse EPERM|EACCES|ENOSYS|EINVAL [--all-but] NUMBER... -- PROGRAM "
                     "[ARGUMENT...]\n",
                     stderr);
    return EXIT_FAILURE;
}

/// 0 for an unknown one.
unsigned error_named(const std::string& name)
{
    constexpr std::array<std::pair<const char*, unsigned>, 4> errors{
        {{"EPERM", EPERM}, {"EACCES", EACCES}, {"ENOSYS", ENOSYS}, {"EINVAL", EINVAL}}};
    for (const auto& [known, number] : errors) {
        if (name == known) {
            return number;
        }
    }
    return 0;
}

bool install(const std::vector<unsigned>& numbers, unsigned for_them, unsigned for_others)
{
    std::vector<sock_filter> rules{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offsetof(seccomp_data, nr)))};
    for (const unsigned number : numbers) {
        rules.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
        rules.push_back(BPF_STMT(BPF_RET | BPF_K, for_them));
    }
    rules.push_back(BPF_STMT(BPF_RET | BPF_K, for_others));
    const sock_fprog program{static_cast<unsigned short>(rules.size()), rules.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

int main(int argc, char** argv)
{
    int at = 1;
    const unsigned error = at < argc ? error_named(argv[at++]) : 0;
    const bool all_but = at < argc && std::strcmp(argv[at], "--all-but") == 0;
    at += all_but ? 1 : 0;
    std::vector<unsigned> numbers;
    for (; at < argc && std::strcmp(argv[at], "--") != 0; ++at) {
        numbers.push_back(static_cast<unsigned>(std::strtoul(argv[at], nullptr, 10)));
    }
    if (error == 0 || numbers.empty() || at + 1 >= argc) {
        return usage();
    }
    const unsigned refusal = SECCOMP_RET_ERRNO | error;
    if (!install(numbers, all_but ? SECCOMP_RET_ALLOW : refusal,
                 all_but ? refusal : SECCOMP_RET_ALLOW)) {
        std::perror("refuse: cannot install a seccomp filter");
        return skipped;
    }
    ::execv(argv[at + 1], argv + at + 1);
    std::perror(argv[at + 1]);
    return EXIT_FAILURE;
}
