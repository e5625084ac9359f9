#pragma once

#include "support/child.hpp"
#include "support/tls.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <exception>
#include <functional>
#include <string>
#include <utility>

// What the tests share that talk TLS with programs of others.

namespace asyncio::test {

/// Keeps what the loop's exception handler is told, for one test.
class ExceptionReports {
public:
    ExceptionReports()
    {
        new_event_loop().set_exception_handler([this](Loop&, const ExceptionContext& context) {
            try {
                std::rethrow_exception(context.exception);
            } catch (const std::exception& error) {
                texts_ += error.what();
                texts_ += "\n";
            }
        });
    }
    ExceptionReports(const ExceptionReports&) = delete;
    ExceptionReports& operator=(const ExceptionReports&) = delete;
    ~ExceptionReports() { new_event_loop().set_exception_handler({}); }

    /// Is this reported, now or soon?
    [[nodiscard]] bool contain(const std::string& text) const
    {
        run(until_reported(this, text));
        return texts_.find(text) != texts_.npos;
    }
    [[nodiscard]] const std::string& texts() const noexcept { return texts_; }

private:
    static Coroutine<> until_reported(const ExceptionReports* reports, std::string text)
    {
        for (int i = 0; i < 1000 && reports->texts_.find(text) == text.npos; ++i) {
            co_await sleep_ms(10);
        }
    }

    std::string texts_;
};

using Result = std::pair<int, std::string>;

/// What a client says when it is started with the port of a server of ours.
inline Coroutine<Result> client_of_ours(std::function<Coroutine<>(Stream, Stream)> handler,
                                        detail::SSLOption ssl, std::string before,
                                        std::string behind)
{
    const Server server = co_await start_server(handler, "127.0.0.1", 0, 5, ssl);
    const std::string command = "timeout 20 " + before + std::to_string(server.port()) + behind;
    const std::function<Result()> job = [command] { return run_command(command); };
    Result result = co_await to_thread(job);
    co_return result;
}

inline Result client_says(std::function<Coroutine<>(Stream, Stream)> handler,
                          const detail::SSLOption& ssl, const std::string& before,
                          const std::string& behind = {})
{
    return run(client_of_ours(std::move(handler), ssl, before, behind));
}

inline Coroutine<> answer_http(StreamReader reader, StreamWriter writer)
{
    co_await reader.readuntil("\r\n\r\n");
    writer.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nboard\n");
    writer.close();
    co_await writer.wait_closed();
}

inline const std::string& authority() { return test_authority().certificate(); }

/// The port in "ACCEPT 127.0.0.1:34567".
inline int port_in(const std::string& text)
{
    return std::atoi(text.substr(text.rfind(':') + 1).c_str());
}

inline Coroutine<std::string> say(int port, SSLContext context, std::string text)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port, context);
    writer.write(text);
    const std::string answer = co_await reader.readline();
    writer.close();
    co_await writer.wait_closed();
    co_return answer;
}

class TlsPeers : public testing::Test {
protected:
    void need(const std::string& program)
    {
        if (!is_installed(program)) {
            GTEST_SKIP() << "there is no " << program;
        }
    }

    ExceptionReports reports;
};

}  // namespace asyncio::test
