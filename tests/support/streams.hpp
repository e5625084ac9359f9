#pragma once

#include <asyncio/asyncio.hpp>

#include <string>
#include <utility>
#include <vector>

// What the tests of streams share, on a virtual loop and on the kernel's.

namespace asyncio::test {

/// The two ends of one connection.
class Ends {
public:
    Ends(Stream one, Stream other) : client{std::move(one)}, server{std::move(other)} {}

    Stream client;
    Stream server;
};

/// A server's callback that keeps each connection.
class Keep {
public:
    explicit Keep(std::vector<Stream>& streams) : streams_{&streams} {}

    void operator()(const Stream& reader, const Stream&) const { streams_->push_back(reader); }

private:
    std::vector<Stream>* streams_;
};

/// A connection through `host`; its server is closed again.
inline Coroutine<Ends> connect_ends(std::string host = "127.0.0.1")
{
    std::vector<Stream> accepted;
    const Keep keep{accepted};
    const Server server = co_await start_server(keep, host, 0);
    auto [client, same] = co_await open_connection(host, server.port());
    while (accepted.empty()) {
        co_await sleep_ms(0);
    }
    co_return Ends{client, accepted.front()};
}

/// What an awaitable throws, as text: "OSError 9 cannot ...", "EOFError ab" (its partial data);
/// "nothing" if it returns.
template <typename A>
Coroutine<std::string> thrown_by(A awaitable)
{
    try {
        (void)co_await std::move(awaitable);
    } catch (const EOFError& error) {
        co_return "EOFError " + error.partial;
    } catch (const OSError& error) {
        co_return "OSError " + std::to_string(error.code().value()) + " " + error.what();
    } catch (const TimeoutError&) {
        co_return "TimeoutError";
    } catch (const RuntimeError& error) {
        co_return std::string{"RuntimeError "} + error.what();
    } catch (const LimitOverrunError& error) {
        co_return "LimitOverrunError " + std::to_string(error.consumed);
    } catch (const std::exception& error) {
        co_return error.what();
    } catch (const CancelledError&) {
        co_return "CancelledError";
    }
    co_return "nothing";
}

/// Leaves a trace of what an awaitable throws, or of "nothing".
template <typename A>
Coroutine<> trace_end(std::vector<std::string>& trace, A awaitable)
{
    const std::string end = co_await thrown_by(std::move(awaitable));
    trace.push_back(end);
}

/// The same for a plain call.
template <typename F>
std::string thrown(F call)
{
    try {
        call();
    } catch (const OSError& error) {
        return "OSError " + std::to_string(error.code().value()) + " " + error.what();
    } catch (const RuntimeError& error) {
        return std::string{"RuntimeError "} + error.what();
    }
    return "nothing";
}

inline bool starts_with(const std::string& text, const std::string& start)
{
    return text.starts_with(start);
}

/// n bytes that do not repeat soon, so that a lost or doubled piece shows.
inline std::string pattern(std::size_t n)
{
    std::string bytes(n, '\0');
    std::uint32_t state = 1;
    for (char& byte : bytes) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

}  // namespace asyncio::test
