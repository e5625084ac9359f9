#include "core/backend_choice.hpp"

#include "core/backend.hpp"
#include "core/epoll_backend.hpp"
#include "core/uring_backend.hpp"
#include "core/uring_faults.hpp"

#include <asyncio/errors.hpp>

#include <cstdlib>

namespace asyncio::detail {

Machine this_machine()
{
#ifdef __arm__
    constexpr bool arm32 = true;
#else
    constexpr bool arm32 = false;
#endif
    return {parse_kernel_version(kernel_release()), arm32};
}

std::string wanted_backend()
{
    const char* const value = std::getenv(backend_variable);
    return value != nullptr && *value != '\0' ? value : "auto";
}

BackendChoice choose_backend(std::string_view wanted, const Machine& machine)
{
    BackendChoice choice;
    if (wanted == "epoll") {
        choice.uring = false;
        choice.reason =
            std::string{backend_variable} + " asks for it; without it io_uring is tried first";
        return choice;
    }
    if (wanted == "uring") {
        choice.may_fall_back = false;
    } else if (wanted != "auto") {
        throw RuntimeError{"cannot choose the backend '" + std::string{wanted} +
                           "': " + backend_variable + " must be auto, uring or epoll"};
    }
    for (const UringFault& fault : uring_faults()) {
        const bool has_it = machine.kernel >= fault.first && machine.kernel < fault.fixed &&
                            (fault.where == UringFault::Where::everywhere || machine.arm32);
        const bool avoids_all = fault.avoid == UringFault::Avoid::io_uring;
        if (!has_it || (avoids_all && !choice.may_fall_back)) {
            continue;
        }
        choice.reason = std::string{fault.what} + " (" + fault.source + ")";
        if (fault.fixed < UringFault::not_yet) {
            choice.reason += "; Linux " + fault.fixed.to_string() + " or later is free of it";
        }
        if (avoids_all) {
            choice.uring = false;
            choice.reason += std::string{"; "} + backend_variable + "=uring uses it all the same";
            return choice;
        }
        choice.best = UringSetup::cooperative;
    }
    return choice;
}

std::unique_ptr<Backend> make_backend()
{
    const BackendChoice choice = choose_backend(wanted_backend(), this_machine());
    if (!choice.uring) {
        return std::make_unique<EpollBackend>(choice.reason);
    }
    try {
        return std::make_unique<UringBackend>(UringBackend::default_entries, choice.best,
                                              choice.reason);
    } catch (const UringRefused& error) {
        if (!choice.may_fall_back) {
            throw;
        }
        return std::make_unique<EpollBackend>(error.reasons());
    }
}

}  // namespace asyncio::detail
