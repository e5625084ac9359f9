#pragma once

#include "support/tls.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

// A handshake on a virtual loop, and what each end is told when it fails.

namespace asyncio::test {

/// Where the certificates of these tests are for.
inline constexpr const char* host = "127.0.0.1";

/// Keeps what the loop's exception handler is told.
inline void keep_reports(VirtualLoop& loop, std::vector<std::string>& reports)
{
    loop.loop().set_exception_handler([&reports](Loop&, const ExceptionContext& context) {
        try {
            std::rethrow_exception(context.exception);
        } catch (const std::exception& error) {
            reports.emplace_back(error.what());
        }
    });
}

inline void greet(StreamReader, StreamWriter writer)
{
    writer.write("hello");
    writer.close();
}

/// How a connection ends, if one end says "hello" when all is well.
class End {
public:
    End() {}

    std::string client;
    std::string server = "nothing";
};

inline Coroutine<std::string> connect_and_read(int port, SSLContext context, std::string hostname)
{
    auto [reader, writer] = co_await open_connection(host, port, context, hostname);
    const std::string answer = co_await reader.read();
    co_return answer;
}

inline End try_handshake(const SSLContext& server_side, const SSLContext& client_side,
                         const std::string& hostname = "localhost")
{
    VirtualLoop loop;
    std::vector<std::string> reports;
    keep_reports(loop, reports);
    End end;
    {
        const Server server = loop.run(start_server(greet, host, 0, 5, server_side));
        end.client = loop.run(thrown_by(connect_and_read(server.port(), client_side, hostname)));
        loop.advance(std::chrono::seconds{60});
    }
    loop.run_until_idle();
    EXPECT_EQ(loop.open_descriptors(), 0U);
    EXPECT_EQ(loop.operations(), 0U);
    EXPECT_LE(reports.size(), 1U);
    if (!reports.empty()) {
        end.server = reports.front();
    }
    return end;
}

/// The peers' addresses left out: "cannot start TLS with PEER: ...".
inline std::string without_address(std::string text)
{
    const std::size_t begin = text.find('\'');
    const std::size_t end = text.find('\'', begin + 1);
    return begin == text.npos ? text : text.replace(begin, end - begin + 1, "PEER");
}

/// "2025-01-31", so many days from now.
inline std::string today(int days)
{
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(
        std::chrono::system_clock::now() + std::chrono::days{days})};
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

}  // namespace asyncio::test
