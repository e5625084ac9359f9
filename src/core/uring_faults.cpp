#include "core/uring_faults.hpp"

#include <array>

namespace asyncio::detail {
namespace {

constexpr KernelVersion from_the_first{0, 0, 0};

using Where = UringFault::Where;
using Avoid = UringFault::Avoid;

constexpr std::array<UringFault, 3> faults{{
    {from_the_first, UringFault::not_yet, Where::arm32, Avoid::io_uring,
     "io_uring is not trusted on 32-bit ARM", "libuv issue 4158 and pull request 4187"},
    {from_the_first,
     {5, 19, 0},
     Where::everywhere,
     Avoid::io_uring,
     "this kernel's io_uring lacks the multishot accept of Linux 5.19",
     "io_uring_prep_multishot_accept(3)"},
    {{6, 6, 0},  // 6.2 is known to be well, 6.6.1 not; 6.8 was released with the correction.
     {6, 8, 0},
     Where::everywhere,
     Avoid::deferred_task_run,
     "with DEFER_TASKRUN this kernel's accept may give a wrong descriptor",
     "liburing issue 1062"},
}};

}  // namespace

std::span<const UringFault> uring_faults() noexcept { return faults; }

}  // namespace asyncio::detail
