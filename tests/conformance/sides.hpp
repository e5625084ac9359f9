#pragma once

#include "conformance/harness.hpp"

#include <asyncio/asyncio.hpp>

#include <string>
#include <utility>

namespace conformance {

/// What the server and the client of a program print, each for itself: nothing says which of the
/// two is faster.
class Sides {
public:
    class Side {
    public:
        template <typename... T>
        void print(const T&... values)
        {
            std::string before = std::exchange(printed(), {});
            conformance::print(values...);
            output_ += std::exchange(printed(), std::move(before));
        }

    private:
        friend class Sides;
        std::string output_;
    };

    Side server;
    Side client;

    void show() const
    {
        conformance::print("--- server ---");
        printed() += server.output_;
        conformance::print("--- client ---");
        printed() += client.output_;
    }
};

/// The callback of a program's server, and its client; the server sets `finished` at its end.
using Handle = asyncio::Coroutine<>(asyncio::Stream reader, asyncio::Stream writer,
                                    Sides::Side* out, asyncio::Event* finished);
using Client = asyncio::Coroutine<>(int port, Sides::Side* out);

/// Runs both to their end, and shows what they print.
void run_sides(Handle* handle, Client* client, const std::string& host = "127.0.0.1",
               const asyncio::detail::SSLOption& ssl = {});

/// How most servers end.
[[nodiscard]] asyncio::Coroutine<> close_and_tell(asyncio::Stream writer, Sides::Side* out,
                                                  asyncio::Event* finished);

}  // namespace conformance
