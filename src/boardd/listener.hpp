#pragma once

#include "boardd/config.hpp"
#include "boardd/reception.hpp"

#include <asyncio/coroutine.hpp>
#include <asyncio/server.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace boardd {

/// Where one protocol is served: all sockets of its [listen] table.
class Listener {
public:
    Listener(std::shared_ptr<const Protocol> protocol, std::shared_ptr<Reception> reception)
        : protocol_{std::move(protocol)}, reception_{std::move(reception)}
    {
    }

    /// Opens all of them, or throws Failure. An IPv6 address that this machine does not have is
    /// only a warning if there is another one before it, of TLS as it is. (Not to be destroyed
    /// meanwhile.)
    [[nodiscard]] asyncio::Coroutine<> open(ListenConfig config);

    /// Closes all sockets; the clients stay.
    void close() noexcept { servers_.clear(); }

    /// "pigpio on 127.0.0.1:8888", "text with TLS on 0.0.0.0:8883", a line each.
    [[nodiscard]] std::vector<std::string> describe() const;

private:
    [[nodiscard]] asyncio::Coroutine<> open_tcp(Endpoint endpoint, Transport transport);
    [[nodiscard]] asyncio::Coroutine<> open_unix(std::string path);

    std::shared_ptr<const Protocol> protocol_;
    std::shared_ptr<Reception> reception_;
    std::vector<std::pair<Transport, asyncio::Server>> servers_;
};

}  // namespace boardd
