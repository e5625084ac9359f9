#include "boardd/text/session.hpp"

#include "boardd/text/line_splitter.hpp"

#include <asyncio/errors.hpp>
#include <asyncio/event.hpp>
#include <asyncio/run.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/wait_for.hpp>

#include <optional>

namespace boardd::text {
namespace {

constexpr std::int64_t bytes_at_once = 4096;
constexpr int lines_at_once = 16;  // Then others get their turn.

/// One client: what its two tasks, the one that answers and the one that sends events, share.
class Session {
public:
    Session(asyncio::Stream with_stream, std::shared_ptr<Desk> with_desk,
            std::shared_ptr<const Limits> with_limits)
        : stream{std::move(with_stream)}, desk{std::move(with_desk)},
          limits{std::move(with_limits)}, lines{limits->line_length},
          events{limits->buffered_bytes}, watcher{desk->board, events, [this] { arrived.set(); }}
    {
    }

    asyncio::Stream stream;
    std::shared_ptr<Desk> desk;
    std::shared_ptr<const Limits> limits;
    LineSplitter lines;
    EventQueue events;
    asyncio::Event arrived;  // There are events to send.
    Watcher watcher;
    bool quit = false;
};

using SessionPointer = std::shared_ptr<Session>;

/// Sends events as fast as the client takes them, for ever.
asyncio::Coroutine<> send_all_events(SessionPointer session)
{
    while (true) {
        co_await session->arrived.wait();
        session->arrived.clear();
        if (!session->events.empty()) {
            session->stream.write(session->events.take());
        }
        // What comes while the client takes nothing stays in the queue, which has its limit.
        co_await session->stream.drain();
    }
}

/// The same until the client is gone, which may be known here before the reading task knows it.
asyncio::Coroutine<> send_events(SessionPointer session)
{
    try {
        co_await send_all_events(session);
    } catch (const asyncio::OSError&) {
        session->watcher.remove_all();
    }
}

/// Reads what is there; none when the client asked for nothing for too long.
asyncio::Coroutine<std::optional<std::string>> read_some(SessionPointer session)
{
    const std::int64_t idle_ms = session->limits->idle_ms;
    if (idle_ms == 0 || session->watcher.watches_any()) {
        std::string bytes = co_await session->stream.read(bytes_at_once);
        co_return std::optional<std::string>{std::move(bytes)};
    }
    try {
        std::string bytes =
            co_await asyncio::wait_for_ms(session->stream.read(bytes_at_once), idle_ms);
        co_return std::optional<std::string>{std::move(bytes)};
    } catch (const asyncio::TimeoutError&) {
    }
    co_return std::nullopt;
}

/// Answers all lines that are complete.
asyncio::Coroutine<> answer_lines(SessionPointer session)
{
    for (int answered = 1; !session->quit; ++answered) {
        const std::optional<LineSplitter::Line> line = session->lines.next();
        if (!line) {
            break;
        }
        std::string reply;
        if (line->too_long) {
            reply = err(Code::line_too_long, "a line has at most " +
                                                 std::to_string(session->limits->line_length) +
                                                 " bytes; this one is ignored");
        } else {
            reply = answer(line->text, *session->desk, session->watcher, session->quit);
        }
        session->stream.write(reply);
        const bool pause = answered % lines_at_once == 0;
        if (pause) {
            co_await session->stream.drain();
        }
    }
    // Lets others run too, and waits for a client that asks but does not read.
    co_await session->stream.drain();
}

asyncio::Coroutine<> converse(SessionPointer session)
{
    while (!session->quit) {
        const std::optional<std::string> bytes = co_await read_some(session);
        if (!bytes) {
            session->stream.write(
                err(Code::idle,
                    "no command for " + std::to_string(session->limits->idle_ms) + " ms, closing"));
            co_return;
        }
        session->lines.push(*bytes);
        if (bytes->empty()) {
            session->lines.finish();
        }
        co_await answer_lines(session);
        if (bytes->empty()) {
            co_return;
        }
    }
}

/// Waits for the end of a task that was cancelled, whatever it ends with.
asyncio::Coroutine<> await_end(asyncio::AnyTask task)
{
    try {
        co_await task;
    } catch (const asyncio::CancelledError&) {
    }
}

}  // namespace

asyncio::Coroutine<> serve(asyncio::Stream stream, std::shared_ptr<Desk> desk,
                           std::shared_ptr<const Limits> limits)
{
    auto session = std::make_shared<Session>(stream, std::move(desk), std::move(limits));
    const asyncio::AnyTask sender = asyncio::create_task(send_events(session), "text events");
    bool cancelled = false;
    try {
        co_await converse(session);
    } catch (const asyncio::OSError&) {
        // The client is gone; that is how most sessions end.
    } catch (const asyncio::CancelledError&) {
        cancelled = true;
    }
    session->watcher.remove_all();
    sender.cancel();
    co_await await_end(sender);
    stream.close();
    if (cancelled) {
        throw asyncio::CancelledError{};
    }
}

}  // namespace boardd::text
