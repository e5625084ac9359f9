#include "core/kernel_version.hpp"

#include <charconv>
#include <sys/utsname.h>

namespace asyncio::detail {

std::string KernelVersion::to_string() const
{
    return std::to_string(major_number) + "." + std::to_string(minor_number) + "." +
           std::to_string(patch);
}

KernelVersion parse_kernel_version(std::string_view release) noexcept
{
    KernelVersion version;
    const char* at = release.data();
    const char* const end = at + release.size();
    for (int* const part : {&version.major_number, &version.minor_number, &version.patch}) {
        const auto [next, error] = std::from_chars(at, end, *part);
        if (error != std::errc{} || next == end || *next != '.') {
            break;
        }
        at = next + 1;
    }
    return version;
}

std::string kernel_release()
{
    utsname names{};
    return ::uname(&names) == 0 ? names.release : "";
}

}  // namespace asyncio::detail
