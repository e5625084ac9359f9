#include "core/scheduler.hpp"
#include "support/tls.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

// Somebody on the way who changes bytes or cuts the connection, at every place; and loops that end
// in the middle.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* host = "127.0.0.1";
constexpr const char* greeting = "hello, this is the server";

/// What happens on the way, to the byte of this number in one direction.
class Mischief {
public:
    enum class Kind { none, change, cut };

    Mischief(Kind what, bool is_to_server, std::size_t number)
        : kind{what}, to_server{is_to_server}, at{number}
    {
    }

    Kind kind;
    bool to_server;
    std::size_t at;
    std::size_t passed = 0;  // Bytes in that direction.
};

/// Passes on what comes, except for the mischief, and then the end.
Coroutine<> relay(Stream from, Stream to, Mischief* mischief)
{
    for (;;) {
        std::string bytes = co_await from.read(4096);
        if (bytes.empty()) {
            break;
        }
        const bool is_meant = mischief != nullptr && mischief->at >= mischief->passed &&
                              mischief->at < mischief->passed + bytes.size();
        const std::size_t place = is_meant ? mischief->at - mischief->passed : 0;
        if (mischief != nullptr) {
            mischief->passed += bytes.size();
        }
        if (is_meant && mischief->kind == Mischief::Kind::change) {
            bytes[place] = static_cast<char>(bytes[place] ^ 0x21);
        } else if (is_meant && mischief->kind == Mischief::Kind::cut) {
            bytes.resize(place);
        }
        to.write(bytes);
        co_await to.drain();
        if (is_meant && mischief->kind == Mischief::Kind::cut) {
            from.close();
            break;
        }
    }
    to.close();
}

/// One that does not mind how it ends.
Coroutine<> relay_somehow(Stream from, Stream to, Mischief* mischief)
{
    try {
        co_await relay(from, to, mischief);
    } catch (const OSError&) {
        from.close();
        to.close();
    }
}

Coroutine<> stand_between(Stream reader, Stream writer, int port, Mischief* mischief)
{
    auto [from_server, to_server] = co_await open_connection(host, port);
    const auto there =
        create_task(relay_somehow(reader, to_server, mischief->to_server ? mischief : nullptr));
    co_await relay_somehow(from_server, writer, mischief->to_server ? nullptr : mischief);
    co_await there;
}

Coroutine<> greet(StreamReader reader, StreamWriter writer)
{
    co_await reader.readline();
    writer.write(greeting);
    writer.close();
    co_await writer.wait_closed();
}

Coroutine<std::string> ask(int port)
{
    auto [reader, writer] = co_await open_connection(host, port, client_context());
    writer.write("who are you?\n");
    const std::string answer = co_await reader.read();
    writer.close();
    co_return answer;
}

/// Asks with somebody in between: the answer, or "" for an error.
std::string ask_through(Mischief& mischief)
{
    VirtualLoop loop;
    loop.loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
    std::string answer;
    {
        const Server server = loop.run(start_server(greet, host, 0, 5, server_context()));
        const int port = server.port();
        const auto between = [port, &mischief](Stream reader, Stream writer) {
            return stand_between(std::move(reader), std::move(writer), port, &mischief);
        };
        const Server proxy = loop.run(start_server(between, host, 0));
        const auto asking = loop.create_task(ask(proxy.port()));
        loop.advance(100s);
        asking.cancel();  // A record whose length was changed is waited for, as it may still come.
        loop.advance(100s);
        EXPECT_TRUE(asking.done()) << "byte " << mischief.at;
        try {
            answer = asking.result();
        } catch (const OSError&) {
        } catch (const CancelledError&) {
        }
    }
    loop.run_until_idle();
    EXPECT_EQ(loop.open_descriptors(), 0U) << "byte " << mischief.at;
    EXPECT_EQ(loop.operations(), 0U) << "byte " << mischief.at;
    return answer;
}

class TlsWire : public testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Directions, TlsWire, testing::Bool());

TEST_P(TlsWire, AChangedByteAnywhereNeverBecomesAnAnswer)
{
    Mischief none{Mischief::Kind::none, GetParam(), 0};
    ASSERT_EQ(ask_through(none), greeting);
    ASSERT_GT(none.passed, 300U);
    int errors = 0;
    for (std::size_t at = 0; at < none.passed; at += 11) {
        Mischief mischief{Mischief::Kind::change, GetParam(), at};
        const std::string answer = ask_through(mischief);
        errors += answer.empty() ? 1 : 0;
        EXPECT_TRUE(answer.empty() || answer == greeting) << "byte " << at << ": " << answer;
    }
    EXPECT_GT(errors, 20);  // The version in a record's header, for one, means nothing.
}

TEST_P(TlsWire, ACutAnywhereNeverLooksLikeTheEnd)
{
    Mischief none{Mischief::Kind::none, GetParam(), 0};
    ASSERT_EQ(ask_through(none), greeting);
    for (std::size_t at = 0; at < none.passed; at += 11) {
        Mischief mischief{Mischief::Kind::cut, GetParam(), at};
        const std::string answer = ask_through(mischief);
        EXPECT_TRUE(answer.empty() || answer == greeting) << "byte " << at << ": " << answer;
    }
}

/// Drops the loop after so many turns of a conversation. Was it over?
bool drop_after(std::uint64_t seed, int turns)
{
    bool was_over = false;
    VirtualLoop loop{seed};
    loop.loop().set_exception_handler([](Loop&, const ExceptionContext&) {});
    const Server server = loop.run(start_server(greet, host, 0, 5, server_context()));
    const auto asking = loop.create_task(ask(server.port()));
    for (int i = 0; i < turns && !asking.done(); ++i) {
        (void)loop.loop().scheduler().turn_without_waiting();
    }
    was_over = asking.done();
    return was_over;  // The sanitizers see what is left.
}

TEST(TlsLoop, MayEndAtEveryTurn)
{
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
        int turns = 0;
        while (!drop_after(seed, turns) && turns < 1000) {
            ++turns;
        }
        EXPECT_GT(turns, 5);
        EXPECT_LT(turns, 1000);
    }
}

}  // namespace
}  // namespace asyncio::test
