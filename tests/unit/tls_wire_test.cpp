#include "core/scheduler.hpp"
#include "support/mischief.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <chrono>

// Somebody on the way who changes bytes; and loops that end in the middle.

namespace asyncio::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* greeting = "hello, this is the server";

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
        const Between between{server.port(), mischief};
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
