#include "boardd/reception.hpp"

#include "boardd/endpoint.hpp"

#include <asyncio/errors.hpp>

#include <chrono>
#include <system_error>

namespace boardd {
namespace {

/// Unix sockets all count as one.
std::string origin_of(const std::string& peer, Transport transport)
{
    return transport == Transport::unix_socket ? "unix" : boardd::origin_of(peer);
}

/// Half of the connections are for clients that need not say who they are, or have done so:
/// strangers who begin a handshake and do not end it cannot keep those out.
Limits of_handshakes(Limits limits)
{
    limits.connections = (limits.connections + 1) / 2;
    limits.connections_per_address = (limits.connections_per_address + 1) / 2;
    return limits;
}

/// The places that a client takes up, until its socket is closed.
class Places {
public:
    Places(Reception& reception, const std::string& origin, Transport transport)
        : connection_{reception.connections->admit(origin, *reception.limits)},
          handshake_{transport == Transport::tls
                         ? reception.handshakes->admit(origin, of_handshakes(*reception.limits))
                         : std::nullopt}
    {
        if (!connection_) {
            too_many_ = "clients";
        } else if (!handshake_ && transport == Transport::tls) {
            too_many_ = "TLS handshakes";
        }
    }

    /// What there are too many of; empty if there is room.
    [[nodiscard]] const std::string& too_many() const noexcept { return too_many_; }
    void handshake_done() noexcept { handshake_.reset(); }

private:
    std::optional<Connections::Place> connection_;
    std::optional<Connections::Place> handshake_;
    std::string too_many_;
};

/// Tells a client that there is no place for it.
void turn_away(const Protocol& protocol, const asyncio::Stream& stream, Transport transport)
{
    try {
        // To one that expects TLS it would mean nothing.
        stream.write(transport == Transport::tls ? "" : protocol.refusal);
    } catch (const asyncio::OSError&) {
        // It has gone already.
    }
    stream.close();
}

/// Did the client go before it could be refused?
bool left_by_itself(const asyncio::OSError& error)
{
    return dynamic_cast<const asyncio::SSLEOFError*>(&error) != nullptr ||
           error.code() == std::errc::connection_reset;
}

/// Is the client one that may come in? If not, the log knows why, and the stream is closed. (The
/// handshake is not left to the server: there it would count against no limit.)
asyncio::Coroutine<bool> passes_handshake(std::shared_ptr<Reception> reception,
                                          asyncio::Stream stream)
{
    try {
        auto handshake = stream.start_tls(*reception->tls);
        co_await std::move(handshake);
        stream.set_keepalive(asyncio::Keepalive{});  // An idle one may vanish without a word.
        co_return true;
    } catch (const asyncio::OSError& error) {
        if (left_by_itself(error)) {
            log::debug(error.what());
        } else {
            reception->refusals.add(error.what() + std::string{", closing"});
        }
    }
    co_await stream.wait_closed();
    co_return false;
}

/// Logs a client that has come over TLS: one with a certificate by its name, which is worth
/// knowing.
void log_secured(const std::string& who, const asyncio::Stream& stream)
{
    const std::string line =
        who + " connected with " + stream.get_extra_info("version").value_or("TLS");
    const std::optional<asyncio::PeerCertificate> certificate = asyncio::getpeercert(stream);
    if (!certificate) {
        log::debug(line);
        return;
    }
    const bool is_named = !certificate->subject.empty() || certificate->subject_alt_names.empty();
    log::info(line + " as '" +
              (is_named ? certificate->subject : certificate->subject_alt_names.front()) + '\'');
}

}  // namespace

void Reception::take_over(const Limits& new_limits, const TlsConfig& new_tls)
{
    *limits = new_limits;
    tls = new_tls.context;
    if (tls) {
        tls->handshake_timeout(std::chrono::milliseconds{new_limits.handshake_ms});
    }
}

asyncio::Coroutine<> receive(std::shared_ptr<const Protocol> protocol,
                             std::shared_ptr<Reception> reception, asyncio::Stream stream,
                             Transport transport)
{
    const std::string peer = stream.get_extra_info("peername").value_or("");
    if (peer.empty() && transport != Transport::unix_socket) {
        stream.close();  // It was gone before it was accepted.
        co_return;
    }
    const std::string who = protocol->name + " client " +
                            (transport == Transport::unix_socket ? "on a Unix socket" : peer);
    Places places{*reception, origin_of(peer, transport), transport};
    if (!places.too_many().empty()) {
        reception->refusals.add("too many " + places.too_many() + ": refusing " + who +
                                "; see [limits] in the configuration");
        turn_away(*protocol, stream, transport);
        co_return;
    }
    co_await reception->open.wait();
    const Sessions::Member member{reception->sessions};
    if (transport == Transport::tls) {
        const bool passes = co_await passes_handshake(reception, stream);
        if (!passes) {
            co_return;
        }
        places.handshake_done();
        log_secured(who, stream);
    } else {
        log::debug(who + " connected");
    }
    co_await protocol->serve(stream);
    co_await stream.wait_closed();  // Until then it has a descriptor, and counts.
    log::debug(who + " disconnected");
}

}  // namespace boardd
