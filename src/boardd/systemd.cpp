#include "boardd/systemd.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace boardd {
namespace {

/// A status is one line.
std::string one_line(std::string_view text)
{
    std::string line{text};
    std::replace(line.begin(), line.end(), '\n', ' ');
    return line;
}

}  // namespace

std::string runtime_directory()
{
    const char* directories = std::getenv("RUNTIME_DIRECTORY");
    const std::string_view list = directories == nullptr ? "" : directories;
    return std::string{list.substr(0, list.find(':'))};
}

ServiceManager::ServiceManager(std::string_view socket)
{
    const bool valid = socket.size() > 1 && (socket.front() == '/' || socket.front() == '@') &&
                       socket.size() < sizeof sockaddr_un{}.sun_path;
    if (valid) {
        socket_ = socket;
    }
}

ServiceManager ServiceManager::of_environment()
{
    const char* socket = std::getenv("NOTIFY_SOCKET");
    return ServiceManager{socket == nullptr ? "" : socket};
}

void ServiceManager::ready(std::string_view status) const noexcept
{
    send("READY=1\nSTATUS=" + one_line(status));
}

void ServiceManager::reloading() const noexcept
{
    constexpr long long us_per_s = 1'000'000;
    constexpr long long ns_per_us = 1'000;
    timespec now{};
    (void)::clock_gettime(CLOCK_MONOTONIC, &now);
    const long long us = now.tv_sec * us_per_s + now.tv_nsec / ns_per_us;
    send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(us) + "\nSTATUS=Reloading");
}

void ServiceManager::stopping(std::string_view status) const noexcept
{
    send("STOPPING=1\nSTATUS=" + one_line(status));
}

void ServiceManager::send(const std::string& message) const noexcept
{
    if (!present()) {
        return;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (socket_.front() == '@') {
        address.sun_path[0] = '\0';  // Abstract: a NUL in front, and none at the end.
    }
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());

    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor >= 0) {
        (void)::sendto(descriptor, message.data(), message.size(), MSG_NOSIGNAL,
                       reinterpret_cast<const sockaddr*>(&address), length);
        (void)::close(descriptor);
    }
}

}  // namespace boardd
