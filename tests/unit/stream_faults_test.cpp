#include "support/streams.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <memory>

// What a peer and a network can do to a session, at every byte of it. After each: no descriptor,
// no operation, no byte lost.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

/// What a client of the session says: lines, of which "PUT n" is followed by n bytes.
const std::string questions = "HELLO\nPUT 5\nab\ncdPUT 1\nxPUT 0\nLIST\nBYE\n";
const std::string answers = "hello\n5 taken\n1 taken\n0 taken\nab\ncdx\nbye\n";

/// What a server has heard and how its sessions ended.
class Record {
public:
    Record() = default;

    std::string heard;
    int failures = 0;
};

/// The server's side: answers each question, and keeps every byte it got.
class Session {
public:
    explicit Session(Record& record) : record_{&record} {}

    Coroutine<> operator()(StreamReader reader, StreamWriter writer) const
    {
        try {
            co_await talk(record_, reader, writer);
        } catch (const EOFError& error) {
            record_->heard += error.partial;
            throw;
        }
    }

private:
    static Coroutine<> talk(Record* record, StreamReader reader, StreamWriter writer)
    {
        std::string stored;
        for (;;) {
            const std::string line = co_await reader.readline();
            record->heard += line;
            if (line.empty() || line.back() != '\n') {
                co_return;
            }
            if (line.starts_with("PUT ")) {
                const std::string bytes = co_await reader.readexactly(std::stoi(line.substr(4)));
                record->heard += bytes;
                stored += bytes;
                writer.write(std::to_string(bytes.size()) + " taken\n");
            } else if (line == "LIST\n") {
                writer.write(stored + "\n");
            } else {
                writer.write(line == "HELLO\n" ? "hello\n" : "bye\n");
            }
            co_await writer.drain();
        }
    }

    Record* record_;
};

/// A loop with the server, and what it says.
class World {
public:
    explicit World(std::uint64_t seed) : loop{seed}
    {
        loop.loop().set_exception_handler(
            [this](Loop&, const ExceptionContext&) { ++record.failures; });
        server = loop.run(start_server(Session{record}, "127.0.0.1", 80));
    }

    Stream connect() { return loop.run(open_connection("127.0.0.1", 80)).first; }

    /// Is nothing left but the server?
    void expect_nothing_left(const std::string& when)
    {
        loop.run_until_idle();
        EXPECT_EQ(server.connections(), 0U) << when;
        EXPECT_EQ(loop.open_descriptors(), 1U) << when;
        EXPECT_EQ(loop.operations(), 1U) << when;  // Its accept.
    }

    Record record;
    VirtualLoop loop;
    Server server;
};

std::string at(std::size_t position, std::uint64_t seed)
{
    return "byte " + std::to_string(position) + ", seed " + std::to_string(seed);
}

constexpr std::uint64_t seeds = 4;

TEST(StreamFaults, APeerThatEndsAtAnyByteIsHeardUntilThere)
{
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        for (std::size_t k = 0; k <= questions.size(); ++k) {
            World world{seed};
            {
                const Stream peer = world.connect();
                peer.write(questions.substr(0, k));
                peer.write_eof();
                const std::string heard = world.loop.run(peer.read());
                EXPECT_EQ(heard, answers.substr(0, heard.size())) << at(k, seed);
            }
            world.expect_nothing_left(at(k, seed));
            EXPECT_EQ(world.record.heard, questions.substr(0, k));
        }
    }
}

TEST(StreamFaults, APeerThatResetsAtAnyByteLeavesNothingBehind)
{
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        for (std::size_t k = 0; k <= questions.size(); ++k) {
            for (const bool at_once : {true, false}) {
                World world{seed};
                const Stream peer = world.connect();
                peer.write(questions.substr(0, k));
                if (!at_once) {
                    world.loop.run_until_idle();
                }
                peer.abort();
                world.expect_nothing_left(at(k, seed));
                EXPECT_EQ(world.record.heard, questions.substr(0, world.record.heard.size()));
                EXPECT_EQ(world.record.failures, 1) << at(k, seed);  // And never two.
            }
        }
    }
}

TEST(StreamFaults, AQuestionMayComeInTwoPiecesCutAnywhere)
{
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        for (std::size_t k = 0; k <= questions.size(); ++k) {
            World world{seed};
            {
                const Stream peer = world.connect();
                peer.write(questions.substr(0, k));
                world.loop.advance(1h);
                peer.write(questions.substr(k));
                peer.write_eof();
                EXPECT_EQ(world.loop.run(peer.read()), answers) << at(k, seed);
            }
            world.expect_nothing_left(at(k, seed));
            EXPECT_EQ(world.record.heard, questions);
            EXPECT_EQ(world.record.failures, 0);
        }
    }
}

Coroutine<std::string> whole_session(int port)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", port);
    writer.write(questions);
    writer.write_eof();
    const std::string all = co_await reader.read();
    writer.close();
    co_await writer.wait_closed();
    co_return all;
}

TEST(StreamFaults, ShortReadsAndWritesLoseNothing)
{
    for (const char* kind : {"receive", "send"}) {
        for (std::uint64_t nth = 1; nth <= 8; ++nth) {
            for (std::size_t bytes = 1; bytes <= questions.size(); ++bytes) {
                World world{0};
                world.loop.shorten(kind, bytes, nth);
                EXPECT_EQ(world.loop.run(whole_session(80)), answers) << kind << nth << bytes;
                world.expect_nothing_left(kind);
                EXPECT_EQ(world.record.heard, questions);
            }
        }
    }
}

TEST(StreamFaults, OneByteAtATimeLosesNothing)
{
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        World world{seed};
        for (std::size_t i = 0; i < 4 * questions.size(); ++i) {
            world.loop.shorten("receive", 1);
            world.loop.shorten("send", 1);
        }
        EXPECT_EQ(world.loop.run(whole_session(80)), answers);
        world.expect_nothing_left("one byte at a time");
        EXPECT_EQ(world.record.heard, questions);
    }
}

TEST(StreamFaults, AnErrorOfAnyOperationEndsTheSessionAndNothingElse)
{
    for (const char* kind : {"receive", "send"}) {
        for (const int error : {ECONNRESET, EPIPE, ETIMEDOUT, ENOBUFS}) {
            for (std::uint64_t nth = 1; nth <= 12; ++nth) {
                World world{0};
                world.loop.fail(kind, error, nth);
                (void)world.loop.run(thrown_by(timeout(1h, whole_session(80))));
                world.expect_nothing_left(kind);
                EXPECT_EQ(world.record.heard, questions.substr(0, world.record.heard.size()));
                // It may have hit nobody yet; but not both of the next two.
                (void)world.loop.run(thrown_by(timeout(1h, whole_session(80))));
                EXPECT_EQ(world.loop.run(timeout(1h, whole_session(80))), answers);
                world.expect_nothing_left(kind);
            }
        }
    }
}

/// A scripted server: hears the questions, says k bytes of the answers, and ends or resets.
class Cut {
public:
    Cut(std::size_t bytes, bool resets) : bytes_{bytes}, resets_{resets} {}

    Coroutine<> operator()(StreamReader reader, StreamWriter writer) const
    {
        const std::string heard =
            co_await reader.readexactly(static_cast<std::int64_t>(questions.size()));
        EXPECT_EQ(heard, questions);
        writer.write(answers.substr(0, bytes_));
        co_await writer.drain();
        if (resets_) {
            writer.abort();
        }
    }

private:
    std::size_t bytes_;
    bool resets_;
};

/// Reads as many bytes as the answers have, and gives what it got before the end.
Coroutine<std::string> read_answers(std::shared_ptr<std::string> end)
{
    auto [reader, writer] = co_await open_connection("127.0.0.1", 81);
    writer.write(questions);
    try {
        co_return co_await reader.readexactly(static_cast<std::int64_t>(answers.size()));
    } catch (const EOFError& error) {
        *end = "eof";
        co_return error.partial;
    } catch (const OSError& error) {
        *end = std::to_string(error.code().value());
    }
    const std::string rest;
    co_return rest;
}

TEST(StreamFaults, AServerThatEndsAtAnyByteIsHeardUntilThere)
{
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        for (std::size_t k = 0; k <= answers.size(); ++k) {
            VirtualLoop loop{seed};
            const Server server = loop.run(start_server(Cut{k, false}, "127.0.0.1", 81));
            const auto end = std::make_shared<std::string>("whole");
            EXPECT_EQ(loop.run(read_answers(end)), answers.substr(0, k)) << at(k, seed);
            EXPECT_EQ(*end, k == answers.size() ? "whole" : "eof") << at(k, seed);
            loop.run_until_idle();
            EXPECT_EQ(loop.open_descriptors(), 1U) << at(k, seed);
            EXPECT_EQ(loop.operations(), 1U) << at(k, seed);
        }
    }
}

TEST(StreamFaults, AServerThatResetsAtAnyByteIsAnError)
{
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        for (std::size_t k = 0; k < answers.size(); ++k) {
            VirtualLoop loop{seed};
            const Server server = loop.run(start_server(Cut{k, true}, "127.0.0.1", 81));
            const auto end = std::make_shared<std::string>("whole");
            (void)loop.run(read_answers(end));
            EXPECT_EQ(*end, "104") << at(k, seed);
            loop.run_until_idle();
            EXPECT_EQ(loop.open_descriptors(), 1U) << at(k, seed);
            EXPECT_EQ(loop.operations(), 1U) << at(k, seed);
        }
    }
}

// Slow ones

/// Writes for ever, and notes how much it ever had to keep.
class Fountain {
public:
    explicit Fountain(std::size_t& most) : most_{&most} {}

    Coroutine<> operator()(StreamReader, StreamWriter writer) const
    {
        const std::string piece(1000, 'x');
        for (;;) {
            writer.write(piece);
            *most_ = std::max(*most_, writer.get_write_buffer_size());
            co_await writer.drain();
        }
    }

private:
    std::size_t* most_;
};

TEST(StreamFaults, APeerThatNeverReadsGetsNoMoreMemoryThanTheWaterMark)
{
    VirtualLoop loop;
    std::size_t most = 0;
    const Server server = loop.run(start_server(Fountain{most}, "127.0.0.1", 80));
    {
        std::vector<Stream> peers;
        for (int i = 0; i < 20; ++i) {
            peers.push_back(loop.run(open_connection("127.0.0.1", 80)).first);
        }
        loop.advance(24h);
        EXPECT_GT(most, Stream::high_water);
        EXPECT_LE(most, Stream::high_water + 1000);
        EXPECT_EQ(server.connections(), 20U);
    }
    // They leave with unread bytes, which is a reset; else the limit of shutdown() would help.
    loop.loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
    loop.run_until_idle();
    EXPECT_EQ(server.connections(), 0U);
    EXPECT_EQ(loop.open_descriptors(), 1U);
}

TEST(StreamFaults, APeerThatNeverReadsCannotHoldUpTheEnd)
{
    VirtualLoop loop;
    std::size_t most = 0;
    Server server = loop.run(start_server(Fountain{most}, "127.0.0.1", 80));
    const Stream peer = loop.run(open_connection("127.0.0.1", 80)).first;
    loop.run_until_idle();
    const auto before = loop.now();
    EXPECT_EQ(loop.run(server.shutdown(10s)), 1U);
    EXPECT_LE(loop.now() - before, 12s);
    loop.run_until_idle();
    EXPECT_EQ(server.connections(), 0U);
    EXPECT_EQ(loop.operations(), 0U);
}

/// Sends one byte a second.
Coroutine<> trickle(StreamWriter writer)
{
    for (char c = 'a'; c <= 'z'; ++c) {
        writer.write(std::string(1, c));
        co_await sleep_ms(1000);
    }
}

TEST(StreamFaults, APeerThatSendsOneByteASecondRunsIntoTheTimeLimitAndLosesNothing)
{
    VirtualLoop loop;
    const Ends ends = loop.run(connect_ends());
    const auto sender = loop.create_task(trickle(ends.client));
    EXPECT_EQ(loop.run(thrown_by(timeout(10.5, ends.server.readline()))), "TimeoutError");
    EXPECT_EQ(loop.now(), 10'500ms);
    EXPECT_EQ(loop.run(ends.server.readexactly(11)), "abcdefghijk");
    EXPECT_EQ(loop.now(), 10'500ms);  // They were there.
    EXPECT_EQ(loop.run(thrown_by(timeout(2s, ends.server.readexactly(5)))), "TimeoutError");
    sender.cancel();
    loop.run_until_idle();
    ends.client.close();
    EXPECT_EQ(loop.run(ends.server.read()), "lm");
}

TEST(StreamFaults, APeerThatSendsOneByteASecondCannotFillTheMemory)
{
    VirtualLoop loop;
    const Ends ends = loop.run(connect_ends());
    ends.server.set_limit(8);
    const auto sender = loop.create_task(trickle(ends.client));
    EXPECT_EQ(loop.run(thrown_by(ends.server.readline())), "LimitOverrunError 9");
    EXPECT_EQ(loop.now(), 8s);
    sender.cancel();
    loop.run_until_idle();
}

}  // namespace
}  // namespace asyncio::test
