#include "support/mischief.hpp"

#include <asyncio/testing.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <exception>

// A whole session (handshake, data both ways, both ends), where somebody on the way ends the
// connection, resets it, or is late, at each of its bytes.

namespace asyncio::test {
namespace {

using Kind = Mischief::Kind;

constexpr const char* question = "who are you?";
constexpr const char* answer = "hello, this is the server";
constexpr int cut_off = 8;  // SSLEOFError's code.

/// How one end sees it.
class Seen {
public:
    std::string got;
    bool is_whole = false;  // It ended, and as TLS wants it.
    int error = 0;          // Else: the code of the error.
};

/// What has come up to the error is in `seen`, too.
Coroutine<> read_all(Stream stream, Seen* seen)
{
    for (;;) {
        const std::string part = co_await stream.read(1000);
        if (part.empty()) {
            break;
        }
        seen->got += part;
    }
    seen->is_whole = true;
}

Coroutine<> ask(int port, SSLContext context, Seen* seen)
{
    try {
        auto [reader, writer] = co_await open_connection(host, port, context);
        writer.write(question);
        writer.write_eof();
        co_await read_all(reader, seen);
    } catch (const OSError& error) {
        seen->error = error.code().value();
    }
}

/// A server's callback.
class Answerer {
public:
    explicit Answerer(Seen& seen) : seen_{&seen} {}

    Coroutine<> operator()(Stream reader, Stream) const { return answer_all(reader, seen_); }

private:
    static Coroutine<> answer_all(Stream stream, Seen* seen)
    {
        co_await read_all(stream, seen);
        stream.write(answer);
        stream.write_eof();
        stream.close();
        co_await stream.wait_closed();
    }

    Seen* seen_;
};

/// One session with somebody between.
class Session {
public:
    explicit Session(Mischief& mischief, std::uint64_t seed = 0)
    {
        static const SSLContext server_side = server_context();
        static const SSLContext client_side = client_context();
        VirtualLoop loop{seed};
        loop.loop().set_exception_handler([this](Loop&, const ExceptionContext& context) {
            try {
                std::rethrow_exception(context.exception);
            } catch (const OSError& error) {
                server.error = error.code().value();
            }
        });
        {
            const Answerer answerer{server};
            const Server listening = loop.run(start_server(answerer, host, 0, 5, server_side));
            const Between between{listening.port(), mischief};
            const Server proxy = loop.run(start_server(between, host, 0));
            const auto asking = loop.create_task(ask(proxy.port(), client_side, &client));
            loop.advance(std::chrono::seconds{1});
            EXPECT_TRUE(asking.done());  // Long before any time limit.
        }
        loop.run_until_idle();
        EXPECT_EQ(loop.open_descriptors(), 0U);
        EXPECT_EQ(loop.operations(), 0U);
    }

    Seen client;
    Seen server;
};

class TlsCut : public testing::TestWithParam<bool> {
protected:
    void SetUp() override
    {
        Mischief none{Kind::none, to_server, 0};
        const Session session{none};
        expect_whole(session);
        length = none.passed + 4;  // Signatures are not always of one length.
        ASSERT_GT(length, to_server ? 300U : 700U);
    }

    static void expect_whole(const Session& session)
    {
        EXPECT_EQ(session.server.got, question);
        EXPECT_EQ(session.client.got, answer);
        EXPECT_TRUE(session.server.is_whole && session.client.is_whole);
        EXPECT_EQ(session.server.error, 0);
        EXPECT_EQ(session.client.error, 0);
    }

    /// Nothing but what was said, in order; a cut never looks like the end.
    static void expect_honest(const Seen& seen, const std::string& said)
    {
        EXPECT_TRUE(said.starts_with(seen.got)) << seen.got;
        EXPECT_NE(seen.is_whole, seen.error != 0) << seen.error;
        EXPECT_TRUE(!seen.is_whole || seen.got == said) << seen.got;
    }

    /// The end to which nothing more comes sees `error`; the other has all or an error too.
    void expect_cut(const Session& session, int error) const
    {
        expect_honest(session.server, question);
        expect_honest(session.client, answer);
        EXPECT_EQ((to_server ? session.server : session.client).error, error);
    }

    const bool to_server = GetParam();
    std::size_t length = 0;
};

INSTANTIATE_TEST_SUITE_P(Directions, TlsCut, testing::Bool(), [](const auto& direction) {
    return direction.param ? "ToServer" : "ToClient";
});

TEST_P(TlsCut, ByAnEndAtEachByteIsATruncation)
{
    for (std::size_t at = 0; at < length; ++at) {
        SCOPED_TRACE(at);
        Mischief mischief{Kind::end, to_server, at};
        const Session session{mischief};
        if (mischief.is_done) {
            expect_cut(session, cut_off);
        } else {
            expect_whole(session);
        }
    }
}

TEST_P(TlsCut, ByAResetAtEachByteIsAReset)
{
    for (std::size_t at = 0; at < length; ++at) {
        SCOPED_TRACE(at);
        Mischief mischief{Kind::reset, to_server, at};
        const Session session{mischief};
        if (mischief.is_done) {
            expect_cut(session, ECONNRESET);
        } else {
            expect_whole(session);
        }
    }
}

TEST_P(TlsCut, ByAPauseAtEachByteLosesNothing)
{
    for (std::size_t at = 0; at < length; ++at) {
        SCOPED_TRACE(at);
        Mischief mischief{Kind::pause, to_server, at};
        expect_whole(Session{mischief});
    }
}

/// Each with a seed of its own: receives and sends move pieces of any size, from one byte on.
TEST_P(TlsCut, ByAnEndWhileAllComesInPiecesIsATruncation)
{
    for (std::size_t at = 0; at < length; ++at) {
        SCOPED_TRACE(at);
        Mischief mischief{Kind::end, to_server, at};
        const Session session{mischief, at + 1};
        if (mischief.is_done) {
            expect_cut(session, cut_off);
        } else {
            expect_whole(session);
        }
    }
}

}  // namespace
}  // namespace asyncio::test
