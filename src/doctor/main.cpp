// asyncio-doctor: how an event loop waits on this machine, and why. See asyncio-doctor(1).

#include "doctor/report.hpp"

#include <cstdio>
#include <string_view>
#include <sysexits.h>

namespace {

constexpr const char* usage = "usage: asyncio-doctor [--help | --version]\n"
                              "Says how an event loop waits on this machine, why, and what to do "
                              "about it.\n"
                              "Exit codes: 0 it works, 64 wrong option, 69 it does not.\n"
                              "More: man asyncio-doctor\n";

}  // namespace

int main(int argc, char** argv)
{
    if (argc > 1) {
        const std::string_view option{argv[1]};
        if (argc == 2 && option == "--help") {
            (void)std::fputs(usage, stdout);
            return EX_OK;
        }
        if (argc == 2 && option == "--version") {
            (void)std::puts("asyncio-doctor " ASYNCIO_VERSION);
            return EX_OK;
        }
        (void)std::fputs(usage, stderr);
        return EX_USAGE;
    }
    const asyncio::doctor::Report report = asyncio::doctor::examine();
    (void)std::fputs(report.text.c_str(), stdout);
    return report.works ? EX_OK : EX_UNAVAILABLE;
}
