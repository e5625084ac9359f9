// Conversations in the text protocol, over the simulated network and on the virtual clock.

#include "boardd/text/session.hpp"

#include <asyncio/connection.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/run.hpp>
#include <asyncio/server.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/wait_for.hpp>
#include <machine/board.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace {

using asyncio::Coroutine;
using asyncio::Stream;
using boardd::Board;
using boardd::Limits;
using boardd::PinConfig;
using boardd::PinMode;
using boardd::text::Desk;

constexpr int port = 8880;

Board::Pins pins()
{
    PinConfig lamp;
    lamp.line = "17";
    lamp.mode = PinMode::out;
    PinConfig relay;
    relay.line = "18";
    relay.mode = PinMode::out;
    relay.active_low = true;
    relay.on_start_high = true;
    return {{"lamp", lamp}, {"relay", relay}};
}

/// Each test runs with several seeds: bytes then come in other portions, tasks in another order.
class TextSession : public testing::TestWithParam<unsigned> {
protected:
    TextSession() : loop_{GetParam()}
    {
        machine::use_backend("simulated");
        board_.emplace(machine::board(), pins());
        desk_ = std::make_shared<Desk>(*board_, [] { return std::string{"version=test"}; });
    }

    template <typename... With>
    void run(Coroutine<> (*story)(Board*, With...), With... with)
    {
        loop_.run(serve_and_run(desk_, limits_, story(&*board_, with...)));
    }

    static Coroutine<> serve_and_run(std::shared_ptr<Desk> desk, std::shared_ptr<Limits> limits,
                                     Coroutine<> story)
    {
        const auto on_connection = [desk, limits](Stream reader, Stream) {
            return boardd::text::serve(std::move(reader), desk, limits);
        };
        auto starting = asyncio::start_server(on_connection, "127.0.0.1", port);
        asyncio::Server server = co_await std::move(starting);
        co_await std::move(story);
    }

    asyncio::VirtualLoop loop_;
    std::shared_ptr<Limits> limits_ = std::make_shared<Limits>();
    std::optional<Board> board_;
    std::shared_ptr<Desk> desk_;
};

INSTANTIATE_TEST_SUITE_P(Seeds, TextSession, testing::Range(0U, 8U));

Coroutine<Stream> connect()
{
    auto opened = co_await asyncio::open_connection("127.0.0.1", port);
    co_return std::move(opened.first);
}

Coroutine<std::string> ask(Stream stream, std::string command)
{
    stream.write(command + '\n');
    std::string line = co_await stream.readline();
    co_return line;
}

/// co_await in an expectation would be a condition: this one has a name for it.
Coroutine<> expect(Stream stream, std::string command, std::string reply)
{
    const std::string line = co_await ask(stream, command);
    EXPECT_EQ(line, reply + '\n') << command;
}

Coroutine<> many_commands_at_once(Board*)
{
    const Stream stream = co_await connect();
    std::string commands;
    std::string replies;
    for (int i = 0; i < 1000; ++i) {
        commands += i % 2 == 0 ? "TOGGLE lamp\r\nGET lamp\n" : "SET lamp 0\n\nPING\n";
        replies += i % 2 == 0 ? "OK 1\nOK 1\n" : "OK 0\nOK pong\n";
    }
    stream.write(commands);
    stream.write_eof();
    const std::string received = co_await stream.read();
    EXPECT_TRUE(received == replies);
}

TEST_P(TextSession, AnswersEverythingInOrderHoweverTheBytesArrive) { run(many_commands_at_once); }

Coroutine<> active_low(Board* board)
{
    const Stream stream = co_await connect();
    co_await expect(stream, "GET relay", "OK 0");
    co_await expect(stream, "WATCH relay", "OK 0");
    co_await expect(stream, "SET relay 1", "OK 1");
    EXPECT_FALSE(board->find("relay").read());
    const std::string event = co_await stream.readline();
    EXPECT_EQ(event.substr(0, 14), "EVENT relay 1 ");
}

TEST_P(TextSession, TurnsTheValuesOfAnActiveLowPinAround) { run(active_low); }

Coroutine<> all_or_none(Board* board)
{
    const Stream stream = co_await connect();
    const std::string refusal = co_await ask(stream, "WATCH lamp nosuchpin");
    EXPECT_EQ(refusal.substr(0, 21), "ERR 404 unknown_pin \"");
    board->find("lamp").write(true);
    co_await expect(stream, "PING", "OK pong");
}

TEST_P(TextSession, AWatchWithAWrongPinWatchesNone) { run(all_or_none); }

Coroutine<> idle_is_closed(Board*)
{
    const Stream idle = co_await connect();
    co_await asyncio::sleep_ms(4'000);
    co_await expect(idle, "PING", "OK pong");
    auto patient = asyncio::wait_for_ms(idle.read(), 5'001);
    const std::string rest = co_await std::move(patient);
    EXPECT_EQ(rest, "ERR 408 idle \"no command for 5000 ms, closing\"\n");
}

TEST_P(TextSession, AnIdleClientIsClosedAtItsDeadline)
{
    limits_->idle_ms = 5'000;
    run(idle_is_closed);
}

Coroutine<> watching_is_not_idle(Board* board)
{
    const Stream watcher = co_await connect();
    co_await expect(watcher, "WATCH lamp", "OK 0");
    co_await asyncio::sleep_ms(3'600'000);
    board->find("lamp").write(true);
    const std::string event = co_await watcher.readline();
    EXPECT_EQ(event.substr(0, 13), "EVENT lamp 1 ");
}

TEST_P(TextSession, AClientThatWatchesIsNeverIdle)
{
    limits_->idle_ms = 5'000;
    run(watching_is_not_idle);
}

Coroutine<> every_event_is_seen_or_counted(Board* board)
{
    constexpr long changes = 20'000;
    const Stream slow = co_await connect();
    co_await expect(slow, "WATCH lamp", "OK 0");
    for (long i = 1; i <= changes; ++i) {
        board->find("lamp").write(i % 2 != 0);
        if (i % 100 == 0) {
            co_await asyncio::sleep_ms(1);
        }
    }
    const std::string lost_words = "EVENT lost ";
    long known = 0;
    bool any_lost = false;
    while (known < changes) {
        const std::string line = co_await slow.readline();
        const bool lost = line.rfind(lost_words, 0) == 0;
        any_lost = any_lost || lost;
        known += lost ? std::stol(line.substr(lost_words.size())) : 1;
    }
    EXPECT_EQ(known, changes);
    EXPECT_TRUE(any_lost);
    co_await expect(slow, "PING", "OK pong");
}

TEST_P(TextSession, ASlowWatcherSeesOrIsToldOfEveryEvent)
{
    limits_->buffered_bytes = 4096;
    run(every_event_is_seen_or_counted);
}

Coroutine<> gone_in_the_middle(Board* board)
{
    {
        const Stream leaving = co_await connect();
        co_await expect(leaving, "WATCH lamp", "OK 0");
        leaving.abort();
    }
    for (int i = 0; i < 100; ++i) {
        board->find("lamp").write(i % 2 == 0);
        co_await asyncio::sleep_ms(1);
    }
    const Stream next = co_await connect();
    co_await expect(next, "PING", "OK pong");
}

TEST_P(TextSession, AWatcherThatVanishesHurtsNobody) { run(gone_in_the_middle); }

Coroutine<> watched_once(Board* board, asyncio::VirtualLoop* loop)
{
    const Stream watcher = co_await connect();
    co_await expect(watcher, "WATCH lamp", "OK 0");
    loop->fail("send", ECONNRESET);
    board->find("lamp").write(true);
    co_await asyncio::sleep_ms(100);
}

TEST_P(TextSession, AnEventThatCannotBeSentIsNoErrorOfOurs)
{
    int errors = 0;
    loop_.loop().set_exception_handler(
        [&errors](asyncio::Loop&, const asyncio::ExceptionContext&) { ++errors; });
    run(watched_once, &loop_);
    EXPECT_EQ(errors, 0);
}

Coroutine<> cancelled(Board* board)
{
    auto opened = co_await asyncio::open_connection("127.0.0.1", port);
    const Stream stream = std::move(opened.first);
    auto desk = std::make_shared<Desk>(*board, [] { return std::string{}; });
    const asyncio::AnyTask session = asyncio::create_task(
        boardd::text::serve(stream, std::move(desk), std::make_shared<Limits>()));
    co_await asyncio::sleep_ms(1);
    session.cancel();
    co_await asyncio::sleep_ms(1);
    EXPECT_TRUE(session.done());
    EXPECT_TRUE(session.cancelled());
    EXPECT_TRUE(stream.is_closing());
}

TEST_P(TextSession, ACancelledOneClosesItsStream) { run(cancelled); }

}  // namespace
