#pragma once

#include <string>
#include <string_view>

namespace boardd {

/// Where sockets belong: the first directory of $RUNTIME_DIRECTORY, or "". See systemd.exec(5).
[[nodiscard]] std::string runtime_directory();

/// Tells the service manager how we are, with the protocol of sd_notify(3): datagrams to the socket
/// that $NOTIFY_SOCKET names. Without it nothing is sent. A manager that cannot be reached is no
/// reason to stop, so failures are ignored.
class ServiceManager {
public:
    /// `socket`: a path, '@' and an abstract name, or "" for none.
    explicit ServiceManager(std::string_view socket);
    /// The manager of this process: $NOTIFY_SOCKET.
    static ServiceManager of_environment();

    void ready(std::string_view status) const noexcept;
    void reloading() const noexcept;
    void stopping(std::string_view status) const noexcept;

    [[nodiscard]] bool present() const noexcept { return !socket_.empty(); }

private:
    void send(const std::string& message) const noexcept;

    std::string socket_;
};

}  // namespace boardd
