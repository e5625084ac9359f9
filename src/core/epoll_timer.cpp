#include "core/epoll_timer.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <poll.h>

namespace asyncio::detail {
namespace {

/// The kernel adds the timeout to its clock; a sleep without end must not overflow that sum.
constexpr Time longest_wait = std::chrono::hours{24 * 365};

timespec to_timespec(Time time)
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    timespec result{};
    result.tv_sec = static_cast<std::time_t>(seconds.count());
    result.tv_nsec = static_cast<long>((time - seconds).count());
    return result;
}

}  // namespace

int EpollTimer::wait(int epoll, std::span<epoll_event> events, std::optional<Time> timeout)
{
    const int room = static_cast<int>(events.size());
    if (!timeout || *timeout <= Time::zero()) {
        return ::epoll_wait(epoll, events.data(), room, timeout ? 0 : -1);
    }
    const timespec time = to_timespec(std::min(*timeout, longest_wait));
    if (has_pwait2_) {
        const int count = ::epoll_pwait2(epoll, events.data(), room, &time, nullptr);
        if (count >= 0 || (errno != ENOSYS && errno != EPERM)) {
            return count;
        }
        has_pwait2_ = false;
    }
    pollfd ready{epoll, POLLIN, 0};
    const int found = ::ppoll(&ready, 1, &time, nullptr);
    return found > 0 ? ::epoll_wait(epoll, events.data(), room, 0) : found;
}

}  // namespace asyncio::detail
