// Connections of the pigpio protocol, over the simulated network and on the virtual clock.

#include "boardd/pigpio/message.hpp"
#include "boardd/pigpio/service.hpp"

#include <asyncio/connection.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/server.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>
#include <machine/board.hpp>
#include <machine/simulated_board.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using asyncio::Coroutine;
using asyncio::Stream;
using boardd::Board;
using boardd::pigpio::encode;
using boardd::pigpio::encode_reply;
using boardd::pigpio::Options;
using boardd::pigpio::Request;
using boardd::pigpio::Service;
using namespace std::chrono_literals;

constexpr std::uint32_t READ = 3, WRITE = 4, BR1 = 10, NB = 19, NC = 21, PIGPV = 26, MILS = 47,
                        NOIB = 99;
constexpr int port = 8888;

/// Is `bytes` a report with these levels?
bool is_report(const std::string& bytes, std::uint8_t number, std::uint32_t levels)
{
    return bytes.size() == 12 && static_cast<unsigned char>(bytes[0]) == number &&
           bytes.substr(8) == encode_reply(Request{}, levels).substr(12);
}

class PigpioSession : public testing::TestWithParam<unsigned> {
protected:
    PigpioSession() : loop_{GetParam()}
    {
        machine::use_backend("simulated");
        board_.emplace(machine::board());
    }

    /// Runs `story` against a service with these options.
    void run(Coroutine<> (*story)(Service*), const Options& options = Options{})
    {
        service_.emplace(*board_, options);
        loop_.run(serve_and_run(&*service_, story));
    }

    static Coroutine<> serve_and_run(Service* service, Coroutine<> (*story)(Service*))
    {
        const auto on_connection = [service](Stream reader, Stream) {
            return service->serve(std::move(reader));
        };
        auto starting = asyncio::start_server(on_connection, "127.0.0.1", port);
        asyncio::Server server = co_await std::move(starting);
        co_await story(service);
    }

    asyncio::VirtualLoop loop_;
    std::optional<Board> board_;
    std::optional<Service> service_;
};

Coroutine<Stream> connect()
{
    auto opened = co_await asyncio::open_connection("127.0.0.1", port);
    co_return std::move(opened.first);
}

/// The result of a command, as a signed number.
Coroutine<int> ask(Stream stream, Request request)
{
    stream.write(encode(request));
    const std::string reply = co_await stream.readexactly(16);
    EXPECT_EQ(reply.substr(0, 12), encode(request).substr(0, 12));
    std::uint32_t result = 0;
    for (std::size_t i = 16; i-- > 12;) {
        result = result << 8 | static_cast<unsigned char>(reply[i]);
    }
    co_return static_cast<int>(result);
}

/// co_await in an expectation would be a condition: this one has a name for it.
Coroutine<> expect(Stream stream, Request request, int result)
{
    const int got = co_await ask(stream, request);
    EXPECT_EQ(got, result) << "command " << request.command << ' ' << request.p1;
}

Coroutine<> replies_in_order(Service*)
{
    const Stream stream = co_await connect();
    std::string requests;
    std::string replies;
    for (unsigned i = 0; i < 1000; ++i) {
        requests += encode(Request{WRITE, 17, i % 2});
        requests += encode(Request{READ, 17, i});
        replies += encode_reply(Request{WRITE, 17, i % 2}, 0);
        replies += encode_reply(Request{READ, 17, i}, i % 2);
    }
    stream.write(requests);
    const std::string received =
        co_await stream.readexactly(static_cast<std::int64_t>(replies.size()));
    EXPECT_TRUE(received == replies);
}

TEST_P(PigpioSession, RepliesComeInTheOrderOfTheRequests) { run(replies_in_order); }

Coroutine<> reports_between_replies(Service*)
{
    const Stream a = co_await connect();
    const Stream b = co_await connect();
    co_await expect(b, Request{BR1, 0, 0}, 0);
    co_await expect(b, Request{NOIB, 0, 0}, 0);
    co_await expect(a, Request{NB, 0, 1U << 17}, 0);
    co_await expect(a, Request{WRITE, 17, 1}, 0);
    const std::string first = co_await b.readexactly(12);
    EXPECT_TRUE(is_report(first, 0, 1U << 17));
    b.write(encode(Request{WRITE, 17, 0}));
    const std::string both = co_await b.readexactly(28);
    EXPECT_TRUE(is_report(both.substr(0, 12), 1, 0));
    EXPECT_EQ(both.substr(12), encode_reply(Request{WRITE, 17, 0}, 0));
    co_await expect(b, Request{NC, 0, 0}, 0);
    co_await expect(a, Request{NB, 0, 1}, -25);
}

TEST_P(PigpioSession, AReportComesBeforeTheReplyToWhatCausedIt) { run(reports_between_replies); }

Coroutine<> stale_levels(Service*)
{
    const Stream b = co_await connect();
    co_await expect(b, Request{BR1, 0, 0}, 0);
    machine::simulated_board().drive(4, 1);
    b.write(encode(Request{NOIB, 0, 0}));
    const std::string both = co_await b.readexactly(28);
    EXPECT_EQ(both.substr(0, 16), encode_reply(Request{NOIB, 0, 0}, 0));
    EXPECT_TRUE(is_report(both.substr(16), 0, 1U << 4));
}

TEST_P(PigpioSession, LevelsThatAreStaleAreCorrectedAfterTheReplyToNoib) { run(stale_levels); }

Coroutine<> delays(Service*)
{
    const Stream a = co_await connect();
    const Stream b = co_await connect();
    const auto start = boardd::now();
    a.write(encode(Request{MILS, 5000, 0}) + encode(Request{PIGPV, 0, 0}));
    co_await expect(b, Request{PIGPV, 0, 0}, 79);
    EXPECT_LT(boardd::now() - start, 5s);
    const std::string replies = co_await a.readexactly(32);
    EXPECT_GE(boardd::now() - start, 5s);
    EXPECT_EQ(replies.substr(16), encode_reply(Request{PIGPV, 0, 0}, 79));
}

TEST_P(PigpioSession, ADelayHoldsBackOnlyItsOwnConnection) { run(delays); }

Coroutine<> ends(Service* service)
{
    const Stream a = co_await connect();
    const Stream b = co_await connect();
    co_await expect(a, Request{NOIB, 0, 0}, 0);
    co_await expect(a, Request{NOIB, 0, 0}, 1);
    co_await expect(b, Request{NOIB, 0, 0}, 2);
    EXPECT_EQ(service->connections(), 2U);
    a.abort();
    co_await asyncio::sleep_ms(100);
    EXPECT_EQ(service->connections(), 1U);
    co_await expect(b, Request{NB, 0, 1}, -25);
    co_await expect(b, Request{NOIB, 0, 0}, 0);
}

TEST_P(PigpioSession, TheEndOfAConnectionFreesItsHandles) { run(ends); }

Coroutine<> too_much(Service* service)
{
    const Stream a = co_await connect();
    std::string request = encode(Request{READ, 17, 0});
    request[14] = 1;  // p3 = 65536
    a.write(encode(Request{READ, 17, 0}) + request);
    try {
        const std::string rest = co_await a.read(-1);
        EXPECT_LE(rest.size(), 16U);
    } catch (const asyncio::OSError&) {
        // A reset, which may overtake the reply.
    }
    co_await asyncio::sleep_ms(100);
    EXPECT_EQ(service->connections(), 0U);
}

TEST_P(PigpioSession, ATooLongExtensionEndsTheConnection) { run(too_much); }

Coroutine<> slow(Service* service)
{
    const Stream a = co_await connect();
    const Stream b = co_await connect();
    co_await expect(b, Request{NOIB, 0, 0}, 0);
    // b does not read. What the simulated network holds on its way has an end, too.
    for (int i = 0; i < 200'000 && service->connections() == 2; ++i) {
        a.write(encode(Request{WRITE, 17, i % 2 == 0 ? 1U : 0U}));
        const std::string reply = co_await a.readexactly(16);
    }
    co_await asyncio::sleep_ms(100);
    EXPECT_EQ(service->connections(), 1U);
    co_await expect(a, Request{NB, 0, 1}, -25);
}

TEST_P(PigpioSession, AClientThatDoesNotReadItsReportsIsSentAway)
{
    Options options;
    options.buffered_bytes = 4096;
    run(slow, options);
}

INSTANTIATE_TEST_SUITE_P(Seeds, PigpioSession, testing::Range(0U, 5U));

}  // namespace
