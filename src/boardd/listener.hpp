#pragma once

#include "boardd/config.hpp"
#include "boardd/connections.hpp"
#include "boardd/sessions.hpp"

#include <asyncio/coroutine.hpp>
#include <asyncio/event.hpp>
#include <asyncio/server.hpp>
#include <asyncio/stream.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace boardd {

/// What a client needs that has connected, whatever protocol it speaks.
class Reception {
public:
    std::shared_ptr<Limits> limits = std::make_shared<Limits>();
    std::shared_ptr<Connections> connections = std::make_shared<Connections>();
    std::shared_ptr<Sessions> sessions = std::make_shared<Sessions>();
    asyncio::Event open;  ///< Until it is set, clients wait: the board is not ready.
    bool refusing = false;  ///< The last client was one too many: it is logged once.
};

/// One protocol: its name, and how a client is served.
class Protocol {
public:
    Protocol(std::string with_name, std::string with_refusal,
             std::function<asyncio::Coroutine<>(asyncio::Stream)> with_serve)
        : name{std::move(with_name)}, refusal{std::move(with_refusal)}, serve{std::move(with_serve)}
    {
    }

    std::string name;     ///< "pigpio", "text".
    std::string refusal;  ///< What a client is told that finds no place; may be empty.
    std::function<asyncio::Coroutine<>(asyncio::Stream)> serve;
};

/// Where one protocol is served: all sockets of its [listen] table.
class Listener {
public:
    Listener(std::shared_ptr<const Protocol> protocol, std::shared_ptr<Reception> reception)
        : protocol_{std::move(protocol)}, reception_{std::move(reception)}
    {
    }

    /// Opens all of them, or throws Failure. An IPv6 address that this machine does not have is
    /// only a warning if there is another one. (Not to be destroyed meanwhile.)
    [[nodiscard]] asyncio::Coroutine<> open(ListenConfig config);

    /// Closes all sockets; the clients stay.
    void close() noexcept { servers_.clear(); }

    /// "pigpio on 127.0.0.1:8888", a line each.
    [[nodiscard]] std::vector<std::string> describe() const;

private:
    [[nodiscard]] asyncio::Coroutine<> open_tcp(Endpoint endpoint);
    [[nodiscard]] asyncio::Coroutine<> open_unix(std::string path);

    std::shared_ptr<const Protocol> protocol_;
    std::shared_ptr<Reception> reception_;
    std::vector<asyncio::Server> servers_;
};

}  // namespace boardd
