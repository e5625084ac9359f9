#include "net/secure.hpp"

#include "net/limit_text.hpp"
#include "net/stream_state.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/timeout.hpp>

#include <cerrno>
#include <stdexcept>
#include <utility>

namespace asyncio {
namespace detail {
namespace {

/// Awaits the handshake, as a read: what the peer answers is nobody else's.
class Handshake final : public StreamRead {
public:
    explicit Handshake(StreamHandle stream) noexcept : StreamRead{std::move(stream)} {}

    [[nodiscard]] bool await_ready()
    {
        const bool ready = StreamRead::await_ready();
        stream().output().start_security();
        return ready || satisfied() || stream().security()->failed();
    }
    void await_resume()
    {
        (void)finish();
        if (!enough()) {
            stream().throw_error(ECONNRESET, "start TLS with");
        }
    }

private:
    [[nodiscard]] bool enough() noexcept override { return stream().security()->established(); }
};

Coroutine<> handshake(Stream stream) { co_await Handshake{stream.handle()}; }

}  // namespace

Coroutine<> secure(Stream stream, std::unique_ptr<StreamSecurity> security)
{
    StreamState& state = stream.state();
    const Time limit = security->handshake_timeout();
    state.protect(std::move(security));
    try {
        co_await timeout(limit, handshake(stream));
    } catch (const TimeoutError&) {
        stream.abort();
        throw_errno(ETIMEDOUT, "start TLS with '" + state.name() + "' in " + limit_text(limit));
    } catch (const std::exception&) {
        stream.close();  // What the peer is told about it still goes out.
        throw;
    } catch (...) {
        stream.abort();
        throw;
    }
}

std::unique_ptr<StreamSecurity> new_client_session(const SSLOption& ssl,
                                                   const std::string& hostname)
{
    if (ssl.context() == nullptr) {
        return nullptr;
    }
    if (ssl.context()->is_server()) {
        throw std::invalid_argument{"cannot connect with a PROTOCOL_TLS_SERVER context"};
    }
    return ssl.context()->new_session(hostname);
}

void require_server_context(const SSLOption& ssl)
{
    if (ssl.context() == nullptr) {
        return;
    }
    if (!ssl.context()->is_server()) {
        throw std::invalid_argument{"cannot serve with a PROTOCOL_TLS_CLIENT context"};
    }
    (void)ssl.context()->new_session({});  // It says so if the certificate is missing.
}

namespace {

/// Bytes that came in plain text could be anybody's: they must not pass as the session's.
/// Source: CVE-2023-40217.
void refuse_early_bytes(Stream stream)
{
    StreamState& state = stream.state();
    state.input().begin_read();  // Throws if another task reads.
    state.input().end_read();
    const std::size_t early = state.input().buffer().size();
    if (early > 0 || state.input().ended()) {
        stream.abort();
        throw_errno(EPROTO, "start TLS with '" + state.name() + "' after " +
                                (early > 0 ? std::to_string(early) + " bytes that were not read"
                                           : "the end of the stream"));
    }
}

Coroutine<> start_tls(Stream stream, SSLOption ssl, std::string server_hostname)
{
    const StreamState& state = stream.state();
    state.require_open("start TLS with");
    if (ssl.context() == nullptr) {
        throw std::invalid_argument{"cannot start TLS without an SSLContext"};
    }
    if (state.security() != nullptr) {
        throw RuntimeError{"cannot start TLS with '" + state.name() + "' twice"};
    }
    if (state.output().ended()) {
        throw RuntimeError{"cannot start TLS with '" + state.name() + "' after write_eof()"};
    }
    auto session = ssl.context()->new_session(server_hostname);
    refuse_early_bytes(stream);
    co_await secure(stream, std::move(session));
}

}  // namespace
}  // namespace detail

Coroutine<> Stream::start_tls(detail::SSLOption ssl, std::string server_hostname) const
{
    return detail::start_tls(*this, std::move(ssl), std::move(server_hostname));
}

}  // namespace asyncio
