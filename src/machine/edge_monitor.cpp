#include "machine/edge_monitor.hpp"

#include "core/readable.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>

#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <unistd.h>

namespace machine::detail {

EdgeMonitor::EdgeMonitor() : epoll_{::epoll_create1(EPOLL_CLOEXEC)}
{
    if (epoll_ < 0) {
        asyncio::detail::throw_errno(errno, "create an epoll descriptor for edges");
    }
}

EdgeMonitor::~EdgeMonitor() { ::close(epoll_); }

void EdgeMonitor::add(int descriptor, Source& source)
{
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
        asyncio::detail::throw_errno(errno, "watch descriptor " + std::to_string(descriptor));
    }
    sources_[descriptor] = &source;
    ensure_running();
}

void EdgeMonitor::remove(int descriptor) noexcept
{
    if (sources_.erase(descriptor) == 0) {
        return;
    }
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
    if (sources_.empty() && task_ && !dispatching_) {  // Else it sees for itself that it can end.
        task_.cancel();
        task_ = {};  // If a source comes before it has ended, there will be another one.
    }
}

void EdgeMonitor::ensure_running()
{
    if (sources_.empty()) {
        return;
    }
    if (!task_ || task_.done()) {
        task_ = asyncio::create_task(run(asyncio::detail::Ref<EdgeMonitor>{this}), "edges");
    }
}

asyncio::Coroutine<> EdgeMonitor::run(asyncio::detail::Ref<EdgeMonitor> self)
{
    do {
        co_await asyncio::detail::Readable{self->epoll_};
        self->dispatch();
    } while (!self->sources_.empty());
}

void EdgeMonitor::dispatch()
{
    // Each source once for each turn of the loop, however many edges it has.
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
    dispatching_ = true;
    for (int i = 0; i < count; ++i) {
        const auto source = sources_.find(events[static_cast<std::size_t>(i)].data.fd);
        if (source != sources_.end()) {  // Else one before it has removed it.
            source->second->readable();
        }
    }
    dispatching_ = false;
}

}  // namespace machine::detail
