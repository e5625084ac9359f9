#include "net/socket.hpp"

#include "core/scheduler.hpp"

#include <asyncio/errors.hpp>

#include <cerrno>

namespace asyncio::detail {

bool HomeBackend::here() const noexcept
{
    return context.scheduler != nullptr && context.scheduler->backend().number() == number_;
}

bool HomeBackend::usable() const noexcept { return here() && !context.scheduler->closed(); }

void HomeBackend::require_usable() const
{
    if (!usable()) {
        throw RuntimeError{"the event loop of this stream is closed, or is another thread's"};
    }
    backend_->refuse_after_fork();
}

// The kernel's sockets live on without a loop; simulated ones are gone with theirs.
bool Socket::reachable() const noexcept
{
    return is_open() && (network_ == &kernel_network() || home_.here());
}

void Socket::close() noexcept
{
    if (reachable()) {
        network_->close(descriptor_);
    }
    descriptor_ = -1;
}

void Socket::reset() noexcept
{
    if (reachable()) {
        network_->reset(descriptor_);
    }
    descriptor_ = -1;
}

void Socket::close_listener() noexcept
{
    if (reachable()) {
        network_->close_listener(descriptor_);
    }
    descriptor_ = -1;
}

void Socket::shutdown_write() const noexcept
{
    if (reachable()) {
        // It fails only when the connection is gone, which the next read or write will tell.
        (void)network_->shutdown_write(descriptor_);
    }
}

int Socket::set_option(int level, int name, int value) const noexcept
{
    return reachable() ? network_->set_option(descriptor_, level, name, value) : -EBADF;
}

int Socket::peer_credentials(ucred& peer) const noexcept
{
    return reachable() ? network_->peer_credentials(descriptor_, peer) : -EBADF;
}

std::string Socket::local_name() const
{
    Address address;
    return network_->local_address(descriptor_, address) == 0 ? address.to_string() : "";
}

std::string Socket::peer_name() const
{
    Address address;
    return network_->peer_address(descriptor_, address) == 0 ? address.to_string() : "";
}

std::uint16_t Socket::local_port() const
{
    Address address;
    return network_->local_address(descriptor_, address) == 0 ? address.port() : std::uint16_t{0};
}

}  // namespace asyncio::detail
