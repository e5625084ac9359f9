#pragma once

#include "support/tls.hpp"

#include <cstddef>
#include <string>
#include <utility>

// Somebody between a client and a server.

namespace asyncio::test {

inline constexpr const char* host = "127.0.0.1";

/// What happens on the way, to the byte of this number in one direction.
class Mischief {
public:
    enum class Kind {
        none,
        change,
        pause,  ///< It and what comes behind it are late.
        end,    ///< They never come: both ends get FIN instead,
        reset,  ///< or RST.
    };

    Mischief(Kind what, bool is_to_server, std::size_t number)
        : kind{what}, to_server{is_to_server}, at{number}
    {
    }

    Kind kind;
    bool to_server;
    std::size_t at;
    std::size_t passed = 0;  // Bytes in that direction.
    bool is_done = false;
};

/// Passes on what comes, except for the mischief (null: none), and then the end.
inline Coroutine<> relay(Stream from, Stream to, Mischief* mischief)
{
    for (;;) {
        std::string bytes = co_await from.read(4096);
        if (bytes.empty()) {
            break;
        }
        const std::size_t before = mischief != nullptr ? mischief->passed : 0;
        const bool is_meant = mischief != nullptr && mischief->kind != Mischief::Kind::none &&
                              mischief->at >= before && mischief->at < before + bytes.size();
        if (mischief != nullptr) {
            mischief->passed += bytes.size();
        }
        if (is_meant) {
            mischief->is_done = true;
            const std::size_t place = mischief->at - before;
            if (mischief->kind == Mischief::Kind::change) {
                bytes[place] = static_cast<char>(bytes[place] ^ 0x21);
            } else {
                to.write(bytes.substr(0, place));
                bytes.erase(0, place);
                co_await sleep_ms(1);  // By then the rest has been read, and answered.
            }
            if (mischief->kind == Mischief::Kind::end) {
                from.close();
                break;
            }
            if (mischief->kind == Mischief::Kind::reset) {
                from.abort();
                to.abort();
                co_return;
            }
        }
        to.write(bytes);
        co_await to.drain();
    }
    if (mischief != nullptr && mischief->is_done && mischief->kind == Mischief::Kind::end) {
        to.close();
    } else {
        to.write_eof();
    }
}

/// One that does not mind how it ends.
inline Coroutine<> relay_somehow(Stream from, Stream to, Mischief* mischief)
{
    try {
        co_await relay(from, to, mischief);
    } catch (const OSError&) {
        from.close();
        to.close();
    }
}

inline Coroutine<> stand_between(Stream from_client, Stream from_server, Mischief* mischief)
{
    const auto there = create_task(
        relay_somehow(from_client, from_server, mischief->to_server ? mischief : nullptr));
    co_await relay_somehow(from_server, from_client, mischief->to_server ? nullptr : mischief);
    co_await there;
}

/// A server's callback that connects to the server on `port`.
class Between {
public:
    Between(int port, Mischief& mischief) : port_{port}, mischief_{&mischief} {}

    Coroutine<> operator()(Stream reader, Stream) const { return meet(reader, port_, mischief_); }

private:
    static Coroutine<> meet(Stream from_client, int port, Mischief* mischief)
    {
        auto [from_server, same] = co_await open_connection(host, port);
        co_await stand_between(from_client, from_server, mischief);
    }

    int port_;
    Mischief* mischief_;
};

}  // namespace asyncio::test
