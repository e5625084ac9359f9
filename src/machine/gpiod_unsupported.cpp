// Stands in for the adapter where libgpiod is of a version that none has been written for: there
// the simulated board serves, and the reason says why.
#include "machine/gpiod.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>

namespace machine::detail {

std::unique_ptr<GpiodChip> open_gpiod_chip(const std::string& path)
{
    asyncio::detail::throw_errno(ENOTSUP, "use '" + path + "' through libgpiod " + gpiod_version() +
                                              " (1.6 is needed)");
}

std::string gpiod_version() { return "2"; }

}  // namespace machine::detail
