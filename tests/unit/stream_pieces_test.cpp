#include "support/streams.hpp"

#include "net/given_pieces.hpp"

#include <asyncio/buffer_budget.hpp>
#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

// Several pieces that are written at once, and strings that are given away.

namespace asyncio::test {
namespace {

using Pieces = std::vector<std::string>;

/// One behind the other, of 0 to 3,000 bytes each; `all` gets what they are together.
Pieces make_pieces(std::size_t count, std::string& all)
{
    Pieces pieces;
    std::size_t total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        total += i * 701 % 3001;
    }
    const std::string text = pattern(total);
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
        pieces.push_back(text.substr(at, i * 701 % 3001));
        at += pieces.back().size();
    }
    all += text;
    return pieces;
}

TEST(StreamWritelines, SendsThePiecesTogetherAndInOrder)
{
    VirtualLoop loop;
    const Ends ends = loop.run(connect_ends());
    ends.client.writelines({"GET / HTTP/1.1\r\n", "", "Host: board\r\n\r\n", "body"});
    EXPECT_EQ(loop.run(ends.server.read(100)), "GET / HTTP/1.1\r\nHost: board\r\n\r\nbody");
    ends.client.writelines({});
    ends.client.writelines({"a", "b"});
    ends.client.write("c");
    ends.client.close();
    EXPECT_EQ(loop.run(ends.server.read()), "abc");
    EXPECT_TRUE(starts_with(thrown([&] { ends.client.writelines({"x"}); }), "OSError 9 "));
}

TEST(StreamWritelines, SendsTheStringsItIsGivenInOrder)
{
    VirtualLoop loop;
    const Ends ends = loop.run(connect_ends());
    std::string wanted = "before ";
    ends.client.write("before ");
    ends.client.writelines(make_pieces(20, wanted));
    ends.client.write("between ");
    wanted += "between ";
    ends.client.writelines(make_pieces(5, wanted));
    ends.client.write(std::string(2000, 'g'));
    wanted += std::string(2000, 'g');
    ends.client.writelines(Pieces{});
    ends.client.writelines(Pieces{"", "x", ""});
    wanted += "x";
    EXPECT_EQ(ends.client.get_write_buffer_size(), wanted.size());
    ends.client.close();
    EXPECT_TRUE(loop.run(ends.server.read()) == wanted);
    EXPECT_EQ(loop.operations(), 0U);
}

TEST(StreamWritelines, GoesOnWhereAShortSendEnded)
{
    std::string wanted;
    const Pieces pieces = make_pieces(7, wanted);
    for (std::size_t cut = 1; cut < wanted.size(); cut += cut < 100 ? 1 : 97) {
        VirtualLoop loop;
        const Ends ends = loop.run(connect_ends());
        loop.shorten("send", cut);
        Pieces given = pieces;
        ends.client.writelines(std::move(given));
        ASSERT_TRUE(loop.run(ends.server.readexactly(static_cast<std::int64_t>(wanted.size()))) ==
                    wanted)
            << cut;
        ASSERT_EQ(ends.client.get_write_buffer_size(), 0U);
    }
}

TEST(StreamWritelines, TakesMorePiecesThanOneCallOfTheKernel)
{
    VirtualLoop loop;
    const Ends ends = loop.run(connect_ends());
    std::string wanted;
    ends.client.writelines(make_pieces(300, wanted));
    ends.client.close();
    EXPECT_TRUE(loop.run(ends.server.read()) == wanted);
}

TEST(StreamWrite, DoesNotMoveAStringThatWasGivenBefore)
{
    VirtualLoop loop;
    const Ends ends = loop.run(connect_ends());
    const std::size_t before = buffered_bytes();
    std::string wanted = "first";
    ends.client.write("first");
    for (int i = 0; i < 3; ++i) {
        ends.client.write(std::string(100'000, 'g'));
        ends.client.write("\r\n");
        ends.client.writelines({"and", " more"});
        wanted += std::string(100'000, 'g') + "\r\nand more";
    }
    EXPECT_EQ(ends.client.get_write_buffer_size(), wanted.size());
    ends.client.close();
    EXPECT_TRUE(loop.run(ends.server.read()) == wanted);
    EXPECT_EQ(buffered_bytes(), before);
}

TEST(StreamWritelines, MakesDrainWaitAndCountsForTheBudget)
{
    VirtualLoop loop;
    const Ends ends = loop.run(connect_ends());
    std::vector<std::string> trace;
    const std::size_t before = buffered_bytes();
    std::string wanted;
    ends.client.writelines(make_pieces(300, wanted));
    loop.create_task(trace_end(trace, ends.client.drain()));
    loop.run_until_idle();
    EXPECT_TRUE(trace.empty());
    const std::size_t unsent = ends.client.get_write_buffer_size();
    EXPECT_GT(unsent, Stream::high_water);
    EXPECT_GT(buffered_bytes(), before + unsent - 8 * 1024);
    EXPECT_TRUE(loop.run(ends.server.readexactly(static_cast<std::int64_t>(wanted.size()))) ==
                wanted);
    loop.run_until_idle();
    EXPECT_EQ(trace, std::vector<std::string>{"nothing"});
    EXPECT_EQ(buffered_bytes(), before);
}

TEST(StreamWritelines, ThatFailsHoldsNothing)
{
    VirtualLoop loop;
    const std::size_t before = buffered_bytes();
    const Ends ends = loop.run(connect_ends());
    std::string all;
    loop.fail("send", EPIPE, 2);
    loop.shorten("send", 1500);
    ends.client.writelines(make_pieces(50, all));
    loop.run_until_idle();
    EXPECT_EQ(ends.client.get_write_buffer_size(), 0U);
    EXPECT_EQ(buffered_bytes(), before);
    EXPECT_TRUE(starts_with(thrown([&] { ends.client.writelines(Pieces{"x"}); }), "OSError 32 "));
    EXPECT_TRUE(starts_with(thrown([&] { ends.client.writelines({"x"}); }), "OSError 32 "));
}

TEST(StreamWritelines, IsThrownAwayByAbort)
{
    VirtualLoop loop;
    const Ends ends = loop.run(connect_ends());
    std::string all;
    ends.client.writelines(make_pieces(300, all));
    loop.run_until_idle();
    ends.client.writelines(make_pieces(3, all));
    ends.client.abort();
    loop.run_until_idle();
    EXPECT_EQ(loop.operations(), 0U);
    EXPECT_TRUE(starts_with(loop.run(thrown_by(ends.server.read())), "OSError 104 "));
}

TEST(GivenPieces, AreSentFromWhereTheyLie)
{
    detail::GivenPieces pieces;
    std::string one(3000, '1');
    std::string two(2000, '2');
    const char* const first = one.data();
    const char* const second = two.data();
    pieces.add(std::move(one));
    pieces.add(std::move(two));
    const msghdr& message = pieces.message();
    ASSERT_EQ(message.msg_iovlen, 2U);
    EXPECT_EQ(message.msg_iov[0].iov_base, first);
    EXPECT_EQ(message.msg_iov[1].iov_base, second);
    EXPECT_EQ(message.msg_iov[1].iov_len, 2000U);
    pieces.add(std::string(10, '3'));
    EXPECT_EQ(message.msg_iovlen, 2U);

    pieces.sent(3500);
    EXPECT_EQ(pieces.size(), 1510U);
    ASSERT_EQ(pieces.message().msg_iovlen, 2U);
    EXPECT_EQ(message.msg_iov[0].iov_base, second + 500);
    EXPECT_EQ(message.msg_iov[0].iov_len, 1500U);
    EXPECT_EQ(message.msg_iov[1].iov_len, 10U);
    pieces.sent(1510);
    EXPECT_TRUE(pieces.empty());
}

}  // namespace
}  // namespace asyncio::test
