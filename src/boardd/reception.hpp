#pragma once

#include "boardd/config.hpp"
#include "boardd/connections.hpp"
#include "boardd/log.hpp"
#include "boardd/refusal_log.hpp"
#include "boardd/sessions.hpp"

#include <asyncio/coroutine.hpp>
#include <asyncio/event.hpp>
#include <asyncio/ssl.hpp>
#include <asyncio/stream.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace boardd {

/// What a client needs that has connected, whatever protocol it speaks.
class Reception {
public:
    /// What clients find that come from now on.
    void take_over(const Limits& new_limits, const TlsConfig& new_tls);

    std::shared_ptr<Limits> limits = std::make_shared<Limits>();
    std::optional<asyncio::SSLContext> tls;  ///< There is one while there are TLS listeners.
    std::shared_ptr<Connections> connections = std::make_shared<Connections>();
    /// Those of them that have not yet said with TLS who they are.
    std::shared_ptr<Connections> handshakes = std::make_shared<Connections>();
    std::shared_ptr<Sessions> sessions = std::make_shared<Sessions>();
    asyncio::Event open;  ///< Until it is set, clients wait: the board is not ready.
    RefusalLog refusals{log::write};
};

/// What carries the bytes of a client.
enum class Transport : std::uint8_t { tcp, tls, unix_socket };

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

/// Receives a client: finds out whether there is room for it and, with TLS, whether it may come in;
/// then serves it until its socket is closed. Throws CancelledError, and std::bad_alloc.
[[nodiscard]] asyncio::Coroutine<> receive(std::shared_ptr<const Protocol> protocol,
                                           std::shared_ptr<Reception> reception,
                                           asyncio::Stream stream, Transport transport);

}  // namespace boardd
